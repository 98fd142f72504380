import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from pydantic import BaseModel

from durable.adapters.memory.clock import START
from durable.errors import BrokerUnavailable, PayloadTooLarge
from durable.events import ActivityFailed
from durable.messages import INSTANCES, Message
from durable.worker import ActivityContext, Worker
from tests.support.worker_world import LOCK, QUEUE, SHOUT, PassingBroker, Text, a_command, a_world

THIRD = LOCK.total_seconds() / 3


class Progress(BaseModel):
    page: int


@dataclass
class Position:
    line: int


def counting(seconds: int, every: float = 1.0) -> Worker:
    """A worker whose handler tells its count at each step, for so many seconds."""
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def count(text: Text, ctx: ActivityContext) -> Text:
        for step in range(round(seconds / every)):
            ctx.heartbeat(step)
            await asyncio.sleep(every)
        return text

    return worker


def sleeping(seconds: float) -> Worker:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def sleep(text: Text) -> Text:
        await asyncio.sleep(seconds)
        return text

    return worker


class Recorder(PassingBroker):
    """Notes the ids of all that is sent to instances, and fails as it is told."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__(*errors)
        self.ids: list[str] = []

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        if destination == INSTANCES:
            self.fail()
            self.ids += [message.id for message in messages]
        await super().send(destination, messages)


async def test_a_short_activity_costs_no_heartbeat() -> None:
    broker = Recorder()
    async with a_world(sleeping(0.9), before=broker) as world:
        await world.send(*(a_command() for _ in range(5)))
        await world.completions(5)
        await asyncio.sleep(60)

    assert (len(broker.ids), world.heartbeats) == (5, [])


async def test_a_long_activity_is_told_of_after_a_second_and_at_each_renewal_of_its_lock() -> None:
    async with a_world(sleeping(THIRD * 2.5)) as world:
        command = a_command(attempt=2)
        await world.send(command)
        await world.completed()

    assert [round(at, 1) for at, _ in world.heartbeats] == [1.0, THIRD, THIRD * 2]
    first = world.heartbeats[0][1]
    assert (first.instance_id, first.run, first.execution) == (command.instance_id, command.run, command.execution)
    assert (first.task_id, first.attempt, first.activity) == (command.task_id, 2, SHOUT.name)
    assert (first.detail, first.worker) == (None, "texts@here")


async def test_every_heartbeat_has_an_id_of_its_own_or_the_broker_would_drop_it() -> None:
    broker = Recorder()
    async with a_world(sleeping(THIRD * 4.5), before=broker) as world:
        await world.send(a_command(), a_command())
        await world.completions(2)

    assert len(broker.ids) == len(set(broker.ids)) == 12


async def test_a_command_with_a_start_by_time_is_told_of_as_soon_as_it_starts() -> None:
    async with a_world(sleeping(0.5)) as world:
        await world.send(a_command(start_by=START + timedelta(seconds=5)))
        await world.completed()

    assert [round(at, 2) for at, _ in world.heartbeats] == [0.0]


async def test_a_plain_function_is_told_of_when_a_thread_has_taken_it() -> None:
    started, release = threading.Event(), threading.Event()
    worker = Worker("texts")

    @worker.handles(SHOUT)
    def block(text: Text) -> Text:
        started.set()
        release.wait(30)
        return text

    async with a_world(worker, threads=1) as world:
        first, second = a_command(), a_command()
        await world.send(first, second)
        await asyncio.get_running_loop().run_in_executor(None, started.wait, 30)
        for _ in range(3):
            await world.heartbeat()
        release.set()
        await world.completions(2)

    assert {told.instance_id for _, told in world.heartbeats[:3]} == {first.instance_id}


@pytest.mark.parametrize(("heartbeat", "interval"), [(15.0, 5.0), (0.9, 1.0), (3600.0, 10.0), (None, 10.0)])
async def test_details_are_sent_seldom_and_the_latest_one(heartbeat: float | None, interval: float) -> None:
    async with a_world(counting(30, every=0.5)) as world:
        await world.send(a_command(heartbeat=heartbeat))
        await world.completed()

    times = [round(at, 1) for at, _ in world.heartbeats]
    told = [told.detail for _, told in world.heartbeats]
    assert times[:3] == [0.0, interval, interval * 2]
    assert [detail / 2 for detail in told[:3]] == pytest.approx(times[:3], abs=0.6)  # type: ignore[operator]


@pytest.mark.parametrize(("detail", "told"), [(Progress(page=3), {"page": 3}), (Position(4), {"line": 4}), (0, 0)])
async def test_a_detail_is_told_as_json(detail: object, told: object) -> None:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def tell(text: Text, ctx: ActivityContext) -> Text:
        ctx.heartbeat(detail)
        await asyncio.sleep(1)
        return text

    async with a_world(worker) as world:
        await world.send(a_command())
        assert (await world.heartbeat()).detail == told


@pytest.mark.parametrize(
    ("detail", "error"),
    [(object(), TypeError), (1 << 70, TypeError), ("x" * 40_000, PayloadTooLarge), ({"a": {1, 2}}, None)],
)
async def test_a_detail_that_can_not_be_told_is_an_error_that_says_so(
    detail: object, error: type[Exception] | None
) -> None:
    raised: list[Exception] = []
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def tell(text: Text, ctx: ActivityContext) -> Text:
        try:
            ctx.heartbeat(detail)
        except Exception as fault:
            raised.append(fault)
        return text

    async with a_world(worker) as world:
        await world.send(a_command())
        await world.completed()

    assert [type(each) for each in raised] == ([] if error is None else [error])
    assert all("expected a detail" in str(each) for each in raised)


async def test_the_last_detail_comes_with_the_failure_without_a_message_of_its_own() -> None:
    broker = Recorder()
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def fail(text: Text, ctx: ActivityContext) -> Text:
        for page in range(100):
            ctx.heartbeat({"page": page})
        raise ValueError

    async with a_world(worker, before=broker) as world:
        await world.send(a_command())
        event = (await world.completion()).event
        await asyncio.sleep(60)

    assert isinstance(event, ActivityFailed)
    assert event.heartbeat == {"page": 99}
    assert len(broker.ids) == 1


async def test_an_attempt_reads_the_last_detail_of_the_one_before() -> None:
    seen: list[object] = []
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def note(text: Text, ctx: ActivityContext) -> Text:
        seen.append(ctx.last_heartbeat)
        return text

    async with a_world(worker) as world:
        await world.send(a_command(), a_command(attempt=2, last_heartbeat={"page": 3}))
        await world.completions(2)

    assert seen == [None, {"page": 3}]


async def test_a_thread_may_tell_as_often_as_it_likes() -> None:
    told = threading.Event()
    worker = Worker("texts")

    @worker.handles(SHOUT)
    def tell(text: Text, ctx: ActivityContext) -> Text:
        for step in range(20_000):
            ctx.heartbeat(step)
        told.wait(30)
        return text

    async with a_world(worker) as world:
        await world.send(a_command())
        while (await world.heartbeat()).detail != 19_999:
            pass
        told.set()
        await world.completed()

    assert len(world.heartbeats) < 20_000


async def test_a_broker_that_is_away_gets_the_latest_detail_when_it_is_back() -> None:
    broker = Recorder(*(BrokerUnavailable("away") for _ in range(4)))
    async with a_world(counting(20), before=broker) as world:
        await world.send(a_command(heartbeat=30.0))
        first = await world.heartbeat()
        await world.completed()

    assert first.detail in {0, 1}
    assert len({told.detail for _, told in world.heartbeats}) >= 2


async def test_what_is_given_back_unfinished_tells_its_last_detail() -> None:
    async with a_world(counting(600), grace=timedelta(seconds=5)) as world:
        await world.send(a_command())
        await asyncio.sleep(3.5)
        await world.stop()
        while (await world.heartbeat()).detail != 8:
            pass

        receiver = await world.broker.receiver(QUEUE)
        assert len(await receiver.receive(1, timedelta(0))) == 1
