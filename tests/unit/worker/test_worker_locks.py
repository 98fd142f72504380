import asyncio
from datetime import datetime, timedelta

from durable.errors import BrokerUnavailable, LockLost
from durable.ports import Delivery, Receiver
from durable.worker import ActivityContext, Worker
from tests.support.worker_world import LOCK, SHOUT, PassingBroker, Text, a_command, a_world

SHORTER_THAN_LOCK = LOCK / 4


class RenewalBroker(PassingBroker):
    """Notes when locks are renewed, and fails renewals with the errors it is given."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__(*errors)
        self.renewals: list[float] = []

    async def receiver(self, source: str) -> Receiver:
        receiver = await self.behind.receiver(source)
        renew_behind = receiver.renew

        async def renew(delivery: Delivery) -> datetime:
            self.renewals.append(asyncio.get_running_loop().time())
            self.fail()
            return await renew_behind(delivery)

        receiver.renew = renew  # type: ignore[method-assign]
        return receiver


class Slow:
    """A handler that takes its time and notes its runs."""

    def __init__(self, *times: timedelta) -> None:
        self.runs: list[ActivityContext] = []
        self.started = asyncio.Event()
        self._times = list(times)
        self.worker = Worker("texts")
        self.worker.handles(SHOUT)(self.run)

    async def run(self, text: Text, ctx: ActivityContext) -> Text:
        self.runs.append(ctx)
        self.started.set()
        await asyncio.sleep(self._times.pop(0).total_seconds())
        return Text(text=str(len(self.runs)))


async def test_a_command_stays_locked_however_long_its_handler_runs() -> None:
    slow = Slow(timedelta(hours=3))
    async with a_world(slow.worker, grace=timedelta(hours=4)) as world:
        await world.send(a_command())
        await slow.started.wait()
        await world.stop()
        await world.completions(1)

        assert await world.left_in_queue() == []

    assert len(slow.runs) == 1


async def test_a_lock_is_renewed_at_each_third_of_the_lock_time() -> None:
    broker = RenewalBroker()
    slow = Slow(LOCK * 1.1)
    async with a_world(slow.worker, before=broker) as world:
        await world.send(a_command())
        await world.completions(1)

    thirds = [round(at / (LOCK.total_seconds() / 3), 2) for at in broker.renewals]
    assert thirds == [1, 2, 3]


async def test_a_short_command_costs_no_renewal() -> None:
    broker = RenewalBroker()
    slow = Slow(SHORTER_THAN_LOCK)
    async with a_world(slow.worker, before=broker) as world:
        await world.send(a_command())
        await world.completions(1)
        await asyncio.sleep(LOCK.total_seconds() * 3)

    assert broker.renewals == []


async def test_a_renewal_that_the_broker_did_not_confirm_is_tried_again_soon() -> None:
    broker = RenewalBroker(BrokerUnavailable("gone"), BrokerUnavailable("gone"))
    slow = Slow(LOCK * 1.5)
    async with a_world(slow.worker, before=broker) as world:
        await world.send(a_command())
        await world.completions(1)

    assert [round(at) for at in broker.renewals][:3] == [20, 25, 30]
    assert len(slow.runs) == 1


async def test_a_lost_lock_neither_stops_the_handler_nor_settles() -> None:
    broker = RenewalBroker(LockLost("lost"))
    slow = Slow(LOCK * 1.5, SHORTER_THAN_LOCK)
    async with a_world(slow.worker, before=broker) as world:
        await world.send(a_command())
        (message,) = await world.completions(1)
        await asyncio.sleep(LOCK.total_seconds())
        await world.stop()

        assert await world.left_in_queue() == []

    first, second = slow.runs
    assert (first.delivery_count, second.delivery_count) == (1, 2)
    assert first.idempotency_key == second.idempotency_key
    assert message.event.output == {"text": "2"}  # type: ignore[attr-defined]
