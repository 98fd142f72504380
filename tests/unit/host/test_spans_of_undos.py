"""The spans of undos, also of those that an operator has run again."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from durable import Activity, RetryPolicy, SagaContext, saga
from durable.events import ActivityCompleted, ActivityFailed, ActivityScheduled, Resumed, SagaCompensationFailed
from durable.failure import Failure
from durable.messages import InstanceMessage
from durable.telemetry.names import STATUS
from tests.support.host_sagas import ADD_ONE, FAIL, SAGAS, UNDO, Number
from tests.support.told_spans import Told, check_traces, named, the, within
from tests.unit.host.test_spans_of_lives import tell


@saga("stuck")
async def stuck(ctx: SagaContext, start: Number) -> Number:
    ctx.compensate(FAIL, start, retry=RetryPolicy(max_attempts=1))
    ctx.compensate(UNDO, start)
    return await ctx.call(FAIL, start)


@pytest.mark.parametrize("anew", [True, False])
async def test_undos_that_are_run_again_are_told_beneath_a_compensation_of_their_own(*, anew: bool) -> None:
    world = Told((*SAGAS, stuck))
    async with world.working(), world.hosting():
        await world.start("stuck", {"value": 1})
        before = await world.ended()
        if not anew:
            await tell(world, Resumed(reason="mended"))
            await world.until(lambda: has_moved(world, before.updated_at))
    if anew:
        async with world.working(), world.hosting():
            await tell(world, Resumed(reason="mended"))
            await world.until(lambda: has_moved(world, before.updated_at))

    world.check_spans(outlived={"saga stuck"})
    first, second = named(world.spans, "compensate stuck")
    assert (first.error, second.error) == ("the undos of 1 failed", "the undos of 1 failed")
    assert within(world.spans, first) == ["steps.fail", "steps.undo"]
    assert within(world.spans, second) == ["steps.fail"]
    assert the(world.spans, "saga stuck").attributes[STATUS] == "CompensationFailed"


@saga("forsaken")
async def forsaken(ctx: SagaContext, start: Number) -> Number:
    ctx.compensate(UNDO, start, retry=RetryPolicy(max_attempts=1))
    ctx.call(ADD_ONE, start)
    return await ctx.call(FAIL, start)


async def test_a_step_that_was_given_up_at_the_end_is_not_told_again_when_its_answer_comes_after_a_resume() -> None:
    world = Told([forsaken])
    async with world.hosting():
        await world.start("forsaken", {"value": 1})
        await fails(world, FAIL)
        await fails(world, UNDO)
        await world.ended()
        await tell(world, Resumed(reason="mended"))
        await world.tell(await answer_to(world, ADD_ONE, ActivityCompleted))
        await fails(world, UNDO)
        await world.until(lambda: ended_times(world, 2))

    assert any(isinstance(event, ActivityCompleted) for event in await world.history())
    check_traces(world.spans, outlived={"saga forsaken"})
    assert the(world.spans, ADD_ONE.name).attributes[STATUS] == "GivenUp"


async def fails(world: Told, activity: Activity[Any, Any]) -> None:
    """Answer the latest call of an activity, once there is one, by a failure."""
    failure = Failure("ValueError", "no", retryable=False)
    await world.tell(await answer_to(world, activity, partial(ActivityFailed, failure=failure)))


async def answer_to(
    world: Told, activity: Activity[Any, Any], kind: Callable[..., ActivityCompleted | ActivityFailed]
) -> InstanceMessage:
    async def open_call() -> ActivityScheduled | None:
        history = await world.history()
        over = {event.task_id for event in history if isinstance(event, ActivityCompleted | ActivityFailed)}
        calls = [event for event in history if isinstance(event, ActivityScheduled) and event.name == activity.name]
        return calls[-1] if calls and calls[-1].task_id not in over else None

    await world.until(open_call)
    call, (turn, *_) = await open_call(), await world.turns()
    assert call is not None
    return InstanceMessage(f"answer {call.task_id}", "a", kind(task_id=call.task_id, name=call.name), turn.run, 1)


async def ended_times(world: Told, count: int) -> bool:
    return [type(event) for event in await world.history()].count(SagaCompensationFailed) == count


async def has_moved(world: Told, since: object) -> bool:
    head = await world.head()
    return head is not None and head.status.ended and head.updated_at != since
