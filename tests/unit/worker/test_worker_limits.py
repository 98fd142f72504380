import asyncio
from datetime import timedelta
from typing import Any

import pytest

from durable.adapters.memory.clock import START
from durable.events import ActivityFailed
from durable.failure import Failure
from durable.worker import ActivityContext, Worker
from tests.support.worker_world import SHOUT, Text, WorkerWorld, a_command, a_world


def now() -> float:
    return asyncio.get_running_loop().time()


def kind_of(failure: Failure) -> object:
    assert failure.type == "durable.ActivityTimeout"
    assert isinstance(failure.details, dict)
    return failure.details["kind"]


class Sleeper:
    """Sleeps as many seconds as its input says, with a heartbeat each second if asked; notes how it ended."""

    def __init__(self, *, beats: bool = False) -> None:
        self.runs: list[ActivityContext] = []
        self.ended: list[str] = []
        self._beats = beats
        self.worker = Worker("texts")
        self.worker.handles(SHOUT)(self.sleep)

    async def sleep(self, text: Text, ctx: ActivityContext) -> Text:
        self.runs.append(ctx)
        try:
            for second in range(int(text.text)):
                await asyncio.sleep(1)
                if self._beats:
                    ctx.heartbeat({"second": second})
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        self.ended.append("returned")
        return text


async def answer(world: WorkerWorld, **command: Any) -> Failure:
    await world.send(a_command(**command))
    return await world.failure()


async def test_a_handler_is_cancelled_when_its_start_to_close_time_is_over_and_another_attempt_may_follow() -> None:
    sleeper = Sleeper()
    async with a_world(sleeper.worker) as world:
        failure = await answer(world, input={"text": "60"}, start_to_close=12.5)

        assert now() == pytest.approx(12.5, abs=0.1)
        await world.stop()
        assert await world.left_in_queue() == []

    assert (kind_of(failure), failure.retryable) == ("start_to_close", True)
    assert "within 12.5 s of its start" in failure.message
    assert sleeper.ended == ["cancelled"]


async def test_a_handler_is_cancelled_at_its_deadline_and_no_attempt_follows() -> None:
    sleeper = Sleeper()
    async with a_world(sleeper.worker) as world:
        failure = await answer(world, input={"text": "60"}, deadline=START + timedelta(seconds=7), start_to_close=30.0)

        assert now() == pytest.approx(7, abs=0.1)

    assert (kind_of(failure), failure.retryable) == ("schedule_to_close", False)
    assert sleeper.ended == ["cancelled"]


async def test_an_attempt_within_its_limits_completes_and_is_never_interrupted() -> None:
    sleeper = Sleeper(beats=True)
    async with a_world(sleeper.worker) as world:
        limits: dict[str, Any] = {"start_by": START + timedelta(seconds=5), "deadline": START + timedelta(hours=1)}
        await world.send(a_command(input={"text": "40"}, start_to_close=41.0, heartbeat=2.0, **limits))

        assert (await world.completed()).output == {"text": "40"}
        await asyncio.sleep(7200)

    assert sleeper.ended == ["returned"]


async def test_a_command_taken_after_its_deadline_is_not_run() -> None:
    sleeper = Sleeper()
    async with a_world(sleeper.worker) as world:
        failure = await answer(world, deadline=START - timedelta(seconds=1))

    assert (kind_of(failure), sleeper.runs) == ("schedule_to_close", [])


async def test_a_command_taken_too_late_is_not_run_and_no_attempt_follows() -> None:
    sleeper = Sleeper()
    async with a_world(sleeper.worker) as world:
        await asyncio.sleep(10)
        failure = await answer(world, start_by=START + timedelta(seconds=9))

    assert (kind_of(failure), failure.retryable, sleeper.runs) == ("schedule_to_start", False, [])
    assert f"by {START + timedelta(seconds=9)}" in failure.message


async def test_what_may_have_started_in_time_is_not_said_to_have_never_started() -> None:
    sleeper = Sleeper()
    async with a_world(sleeper.worker) as world:
        await asyncio.sleep(10)
        await world.send(a_command(input={"text": "1"}, start_by=START + timedelta(seconds=9), resent=True))

        assert (await world.completed()).output == {"text": "1"}


async def test_a_handler_that_falls_silent_is_cancelled_and_its_last_detail_told() -> None:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def fall_silent(text: Text, ctx: ActivityContext) -> Text:
        await asyncio.sleep(4)
        ctx.heartbeat({"page": 7})
        await asyncio.sleep(3600)
        return text

    async with a_world(worker) as world:
        await world.send(a_command(heartbeat=5.0))
        message = await world.completion()

        assert now() == pytest.approx(9, abs=0.1)

    assert isinstance(message.event, ActivityFailed)
    assert (kind_of(message.event.failure), message.event.failure.retryable) == ("heartbeat", True)
    assert message.event.heartbeat == {"page": 7}


async def test_an_attempt_whose_time_was_over_has_timed_out_whatever_its_handler_returns() -> None:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def carry_on(text: Text) -> Text:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0.5)
        return text

    async with a_world(worker) as world:
        assert kind_of(await answer(world, start_to_close=2.0)) == "start_to_close"


async def test_what_goes_wrong_in_the_clean_up_is_told_as_the_cause() -> None:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def break_down(text: Text) -> Text:
        try:
            await asyncio.sleep(60)
        finally:
            raise ValueError("the clean-up failed")
        return text

    async with a_world(worker) as world:
        failure = await answer(world, start_to_close=2.0)

    assert failure.cause is not None
    assert (kind_of(failure), failure.cause.message) == ("start_to_close", "the clean-up failed")


async def test_a_handler_that_does_not_end_is_answered_a_second_later_and_keeps_its_slot() -> None:
    worker = Worker("texts")
    starts: list[float] = []

    @worker.handles(SHOUT)
    async def refuse_to_end(text: Text) -> Text:
        starts.append(now())
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(20)
        return text

    async with a_world(worker, concurrency=1) as world:
        await world.send(a_command(start_to_close=2.0))
        await world.send(a_command(start_to_close=90.0))

        assert kind_of(await world.failure()) == "start_to_close"
        assert now() == pytest.approx(3, abs=0.1)
        await world.completed()
        await world.stop()
        assert await world.left_in_queue() == []

    assert starts == [pytest.approx(0, abs=0.1), pytest.approx(22, abs=0.1)]


async def test_a_stop_does_not_give_back_what_was_answered_when_its_time_was_over() -> None:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def refuse_to_end(text: Text) -> Text:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if now() > 100:
                    raise

    async with a_world(worker, grace=timedelta(seconds=5)) as world:
        await world.send(a_command(start_to_close=2.0))
        await world.failure()
        await world.stop()
        assert await world.left_in_queue() == []
        await asyncio.sleep(100)


async def test_a_handler_knows_when_its_attempt_must_have_ended() -> None:
    sleeper = Sleeper()
    soon, late = START + timedelta(seconds=30), START + timedelta(hours=9)
    async with a_world(sleeper.worker) as world:
        for limits in ({}, {"deadline": soon}, {"start_to_close": 60.0}, {"deadline": late, "start_to_close": 60.0}):
            await world.send(a_command(input={"text": "0"}, **limits))
            await world.completed()

    deadlines = [context.deadline for context in sleeper.runs]
    assert deadlines[:2] == [None, soon]
    for deadline in deadlines[2:]:
        assert deadline is not None
        assert (deadline - START).total_seconds() == pytest.approx(60, abs=0.5)
