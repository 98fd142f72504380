import asyncio
from datetime import timedelta

from durable.adapters.memory import ManualClock, MemoryBroker, QueueDescription
from durable.messages import Message

LOCK = timedelta(seconds=30)


def a_broker(clock: ManualClock, *, sessions: bool = False) -> MemoryBroker:
    return MemoryBroker([QueueDescription("q", lock=LOCK, sessions=sessions)], clock)


async def turns(number: int = 10) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_a_receive_waits_in_the_time_of_the_clock() -> None:
    clock = ManualClock()
    receiver = await a_broker(clock).receiver("q")
    waiting = asyncio.create_task(receiver.receive(1, timedelta(hours=1)))
    await turns()
    assert not waiting.done()

    clock.advance(timedelta(hours=1))

    assert list(await waiting) == []


async def test_a_scheduled_message_wakes_a_waiting_receive_when_it_is_due() -> None:
    clock = ManualClock()
    broker = a_broker(clock)
    due = clock.now() + timedelta(days=30)
    await broker.send("q", [Message(b"", "timer", due=due)])
    waiting = asyncio.create_task((await broker.receiver("q")).receive(1, timedelta(days=60)))
    await turns()

    clock.advance(timedelta(days=30))

    (timer,) = await waiting
    assert timer.enqueued_at == due


async def test_an_expiring_lock_wakes_another_receiver() -> None:
    clock = ManualClock()
    broker = a_broker(clock)
    await broker.send("q", [Message(b"", "m")])
    await (await broker.receiver("q")).receive(1, LOCK)
    waiting = asyncio.create_task((await broker.receiver("q")).receive(1, LOCK * 2))
    await turns()

    clock.advance(LOCK)

    (again,) = await waiting
    assert (again.id, again.deliveries) == ("m", 1)


async def test_closing_a_session_counts_no_delivery_and_losing_it_does() -> None:
    clock = ManualClock()
    broker = a_broker(clock, sessions=True)
    await broker.send("q", [Message(b"", "m", "s")])
    first = await broker.session("q", "s")
    await first.receive(1, LOCK)
    await first.close()
    second = await broker.session("q", "s")
    (closed,) = await second.receive(1, LOCK)

    clock.advance(LOCK)

    (lost,) = await (await broker.session("q", "s")).receive(1, LOCK)
    assert (closed.deliveries, lost.deliveries) == (0, 1)


async def test_a_receive_that_waits_ends_when_the_session_is_lost() -> None:
    clock = ManualClock()
    session = await a_broker(clock, sessions=True).session("q", "s")
    waiting = asyncio.create_task(session.receive(1, LOCK * 2))
    await turns()

    clock.advance(LOCK)

    assert type((await asyncio.gather(waiting, return_exceptions=True))[0]).__name__ == "LockLost"
