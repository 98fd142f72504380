import asyncio
from datetime import timedelta
from time import perf_counter

import pytest

from durable.errors import LockLost
from tests.support.broker_world import (
    LOCK,
    MAX_DELIVERIES,
    BrokerWorld,
    ids,
    nothing_comes,
    some_messages,
    take,
    take_one,
)

MARGIN = timedelta(seconds=1)
PATIENCE = timedelta(seconds=3)


class ReceivingContract:
    """What `Receiver` promises."""

    async def test_none_is_given_if_none_comes(self, world: BrokerWorld) -> None:
        receiver = await world.broker.receiver(world.fresh("plain"))

        assert list(await receiver.receive(10, timedelta(0))) == []
        assert list(await receiver.receive(10, timedelta(milliseconds=50))) == []

    async def test_a_waiting_receive_gives_a_message_as_soon_as_it_comes(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")
        receiver = await world.broker.receiver(queue)
        await world.broker.send(queue, some_messages(1, head="warm"))
        await receiver.complete(await take(receiver, 1))

        delays = []
        for number in range(3):
            waiting = asyncio.create_task(receiver.receive(100, PATIENCE))
            await asyncio.sleep(0.03)
            await world.broker.send(queue, some_messages(1, head=f"m{number}"))
            sent = perf_counter()
            assert ids(await waiting) == [f"m{number}-0"]
            delays.append(perf_counter() - sent)

        assert min(delays) < 0.15

    async def test_no_more_than_the_limit_is_given(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")
        await world.broker.send(queue, some_messages(5))
        receiver = await world.broker.receiver(queue)

        first = await receiver.receive(3, PATIENCE)

        assert 1 <= len(first) <= 3
        assert ids([*first, *await take(receiver, 5 - len(first))]) == ["m-0", "m-1", "m-2", "m-3", "m-4"]

    async def test_a_locked_message_is_given_to_nobody_else(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")
        await world.broker.send(queue, some_messages(2))
        one, two = await world.broker.receiver(queue), await (await world.other_process()).receiver(queue)

        assert ids(await take(one, 1)) == ["m-0"]

        assert ids(await take(two, 1)) == ["m-1"]
        assert await nothing_comes(one)

    async def test_completed_messages_never_come_again(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")
        await world.broker.send(queue, some_messages(250))
        receiver = await world.broker.receiver(queue)

        await receiver.complete(await take(receiver, 250))

        await world.pass_time(LOCK + MARGIN)
        assert await nothing_comes(receiver)

    async def test_completing_none_is_no_error(self, world: BrokerWorld) -> None:
        receiver = await world.broker.receiver(world.fresh("plain"))

        await receiver.complete([])

    async def test_a_message_whose_lock_expired_comes_again_and_counts(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")
        await world.broker.send(queue, some_messages(1))
        receiver = await world.broker.receiver(queue)
        await take_one(receiver)

        await world.pass_time(LOCK + MARGIN)

        again = await take_one(receiver)
        assert (again.id, again.deliveries) == ("m-0", 1)

    async def test_settling_after_the_lock_is_an_error_and_settles_the_others(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")
        await world.broker.send(queue, some_messages(3))
        receiver = await world.broker.receiver(queue)
        lost = await take_one(receiver)
        await world.pass_time(LOCK + MARGIN)
        held = await take(receiver, 3)
        assert ids(held) == ["m-0", "m-1", "m-2"]

        with pytest.raises(LockLost):
            await receiver.complete([held[1], lost, held[2]])
        for settle in (receiver.abandon(lost), receiver.dead_letter(lost, "reason", "text"), receiver.renew(lost)):
            with pytest.raises(LockLost):
                await settle

        await world.pass_time(LOCK + MARGIN)
        assert ids([await take_one(receiver)]) == ["m-0"]
        assert await nothing_comes(receiver)

    async def test_an_abandoned_message_comes_again_at_once_and_counts(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")
        await world.broker.send(queue, some_messages(2))
        receiver = await world.broker.receiver(queue)

        await receiver.abandon(await take_one(receiver))

        again, other = await take(receiver, 2)
        assert (again.id, again.deliveries, other.id) == ("m-0", 1, "m-1")

    async def test_a_message_given_back_too_often_is_dead_lettered(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")
        await world.broker.send(queue, some_messages(1))
        receiver = await world.broker.receiver(queue)

        for count in range(MAX_DELIVERIES):
            delivery = await take_one(receiver)
            assert delivery.deliveries == count
            await receiver.abandon(delivery)

        assert await nothing_comes(receiver)
        dead = await take_one(await world.broker.receiver(f"{queue}/$deadletter"))
        assert (dead.id, dead.properties["DeadLetterReason"]) == ("m-0", "MaxDeliveryCountExceeded")
        assert dead.deliveries == MAX_DELIVERIES

    async def test_a_dead_lettered_message_shows_reason_and_description(self, world: BrokerWorld) -> None:
        topic = world.fresh("topic")
        first = await world.broker.receiver(f"{topic}/first")
        await world.broker.send(topic, some_messages(1))

        await first.dead_letter(await take_one(first), "NoSaga", "no saga takes such an event")

        dead_letters = await world.broker.receiver(f"{topic}/first/$deadletter")
        dead = await take_one(dead_letters)
        assert dead.body == b'{"n":0}'
        assert dead.properties["DeadLetterReason"] == "NoSaga"
        assert dead.properties["DeadLetterErrorDescription"] == "no saga takes such an event"
        await dead_letters.complete([dead])
        assert await nothing_comes(first)

    async def test_a_renewed_lock_holds_for_longer(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")
        await world.broker.send(queue, some_messages(1))
        receiver = await world.broker.receiver(queue)
        delivery = await take_one(receiver)

        await world.pass_time(LOCK * 0.7)
        until = await receiver.renew(delivery)
        await world.pass_time(LOCK * 0.7)
        later = await receiver.renew(delivery)

        assert later - until >= LOCK * 0.7 - MARGIN
        await receiver.complete([delivery])

    async def test_a_waiting_receive_delays_no_settle(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")
        await world.broker.send(queue, some_messages(4))
        receiver = await world.broker.receiver(queue)
        one, two, three, four = await take(receiver, 4)

        waiting = asyncio.create_task(receiver.receive(10, PATIENCE))
        await asyncio.sleep(0.03)
        started = perf_counter()
        await receiver.complete([one])
        await receiver.abandon(two)
        await receiver.dead_letter(three, "reason", "text")
        await receiver.renew(four)

        assert perf_counter() - started < 0.4
        assert ids(await waiting) == ["m-1"]

    async def test_calls_from_many_tasks_do_not_harm_each_other(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")
        await world.broker.send(queue, some_messages(60))
        receiver = await world.broker.receiver(queue)
        settled: list[str] = []

        async def consume() -> None:
            while batch := await receiver.receive(4, timedelta(milliseconds=150)):
                await asyncio.gather(*(receiver.complete([delivery]) for delivery in batch))
                settled.extend(ids(batch))

        await asyncio.gather(*(consume() for _ in range(4)))

        assert sorted(settled) == sorted(f"m-{n}" for n in range(60))
        await world.pass_time(LOCK + MARGIN)
        assert await nothing_comes(receiver)

    async def test_what_a_closed_receiver_had_locked_comes_again(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")
        await world.broker.send(queue, some_messages(3))
        receiver = await world.broker.receiver(queue)
        await take_one(receiver)

        await receiver.close()

        await world.pass_time(LOCK + MARGIN)
        assert sorted(ids(await take(await world.broker.receiver(queue), 3))) == ["m-0", "m-1", "m-2"]

    async def test_a_receive_that_was_cancelled_keeps_no_messages_from_others(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")
        leaving, staying = await world.broker.receiver(queue), await world.broker.receiver(queue)
        waiting = asyncio.create_task(leaving.receive(100, PATIENCE))
        await asyncio.sleep(0.03)  # Until the broker knows that it waits.

        waiting.cancel()
        await asyncio.wait([waiting])
        await asyncio.sleep(0.03)
        await world.broker.send(queue, some_messages(3))

        assert sorted(ids(await take(staying, 3))) == ["m-0", "m-1", "m-2"]

    async def test_what_came_after_a_cancelled_receive_is_somebody_elses_once_it_is_closed(
        self, world: BrokerWorld
    ) -> None:
        queue = world.fresh("plain")
        leaving = await world.broker.receiver(queue)
        waiting = asyncio.create_task(leaving.receive(100, PATIENCE))
        await asyncio.sleep(0.03)
        sending = asyncio.create_task(world.broker.send(queue, some_messages(50)))
        waiting.cancel()
        await asyncio.wait([waiting, sending])

        await leaving.close()

        if waiting.cancelled():
            assert len(await take(await world.broker.receiver(queue), 50)) == 50
