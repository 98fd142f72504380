import asyncio
from collections.abc import Sequence
from datetime import timedelta

from durable.errors import BrokerUnavailable, UnknownDestination
from durable.events import ActivityCompleted, ActivityFailed
from durable.messages import Message
from durable.ports import Delivery, Receiver
from durable.worker import Worker
from tests.support.worker_world import LOCK, SHOUT, PassingBroker, Text, a_command, a_world

GONE = BrokerUnavailable("the broker is gone")


def a_worker(runs: list[str]) -> Worker:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def shout(text: Text) -> Text:
        runs.append(text.text)
        return text

    return worker


class NoOpening(PassingBroker):
    async def receiver(self, source: str) -> Receiver:
        self.fail()
        return await self.behind.receiver(source)


class NoSending(PassingBroker):
    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        self.fail()
        await self.behind.send(destination, messages)


class SendsThenFails(PassingBroker):
    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        await self.behind.send(destination, messages)
        self.fail()


class NoReceiving(PassingBroker):
    async def receiver(self, source: str) -> Receiver:
        receiver = await self.behind.receiver(source)
        receive_behind = receiver.receive

        async def receive(limit: int, wait: timedelta) -> Sequence[Delivery]:
            self.fail()
            return await receive_behind(limit, wait)

        receiver.receive = receive  # type: ignore[method-assign]
        return receiver


class NoSettling(PassingBroker):
    async def receiver(self, source: str) -> Receiver:
        receiver = await self.behind.receiver(source)
        complete_behind = receiver.complete

        async def complete(deliveries: Sequence[Delivery]) -> None:
            self.fail()
            await complete_behind(deliveries)

        receiver.complete = complete  # type: ignore[method-assign]
        return receiver


async def expect_one_run_and_one_completion(broker: PassingBroker) -> None:
    runs: list[str] = []
    async with a_world(a_worker(runs), before=broker) as world:
        await world.send(a_command())

        assert (await world.completed()).output == {"text": "a"}

        await asyncio.sleep(LOCK.total_seconds())
        await world.stop()
        assert await world.left_in_queue() == []

    assert runs == ["a"]
    assert broker.errors == []


async def test_a_broker_that_is_not_there_at_the_start_is_waited_for() -> None:
    await expect_one_run_and_one_completion(NoOpening(GONE, UnknownDestination("no such queue"), GONE))


async def test_a_broker_that_goes_away_and_comes_back_is_received_from_again() -> None:
    await expect_one_run_and_one_completion(NoReceiving(*[GONE] * 5))


async def test_a_completion_that_cannot_be_sent_is_sent_later_under_a_kept_lock() -> None:
    await expect_one_run_and_one_completion(NoSending(*[GONE] * 40))


async def test_a_completion_whose_receipt_is_lost_is_sent_again_under_the_same_id() -> None:
    await expect_one_run_and_one_completion(SendsThenFails(GONE, GONE))


async def test_a_settlement_that_is_not_confirmed_is_tried_again() -> None:
    await expect_one_run_and_one_completion(NoSettling(GONE, GONE))


async def test_readiness_says_that_the_broker_is_gone_and_that_it_is_back() -> None:
    broker = NoReceiving(*[GONE] * 5)
    async with a_world(a_worker([]), before=broker) as world:
        before, _ = world.health.report()
        await asyncio.sleep(0.2)
        during = world.health.report()
        await asyncio.sleep(60)
        after, _ = world.health.report()

    assert (before, after) == (503, 200)
    assert during == (503, {"status": "not ready", "reasons": {"receiving commands": "the broker is gone"}})


async def test_a_stop_does_not_wait_for_a_broker_that_is_gone() -> None:
    async with a_world(a_worker([]), before=NoOpening(*[GONE] * 1000)) as world:
        await asyncio.sleep(3)
        await world.stop()

        assert asyncio.get_running_loop().time() < 3.1


async def test_no_more_is_taken_while_completions_cannot_be_sent() -> None:
    runs: list[str] = []
    async with a_world(a_worker(runs), before=NoSending(*[GONE] * 20), concurrency=2) as world:
        await world.send(*(a_command() for _ in range(30)))
        await asyncio.sleep(10)
        during = len(runs)
        await world.completions(30)

    assert during == 8
    assert len(runs) == 30


async def test_a_completion_too_large_for_the_broker_fails_its_own_task_alone() -> None:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def repeat(text: Text) -> Text:
        return Text(text=text.text * 60_000)

    async with a_world(worker) as world:
        await world.send(
            a_command(task_id=1), a_command(task_id=2, trace={"baggage": "x" * 205_000}), a_command(task_id=3)
        )
        events = {message.event.task_id: message.event for message in await world.completions(3)}  # type: ignore[attr-defined]
        await world.stop()
        assert await world.left_in_queue() == []

    assert isinstance(events[1], ActivityCompleted)
    assert isinstance(events[2], ActivityFailed)
    assert (events[2].failure.type, events[2].failure.retryable) == ("durable.PayloadTooLarge", False)
