from datetime import timedelta
from typing import Any

import pytest

from durable import Cancelled, MapEnd, MapFailed, MapResult, SagaContext, Tolerance, saga
from durable.events import ActivityCancelRequested, ActivityScheduled, ChildStarted
from orchestrator.engine import Registry, Setup
from tests.support.plays import Play, child_completed, child_failed, completed, failed
from tests.support.tables import ADD, kinds

HOUR = timedelta(hours=1)
seen: list[MapResult[Any]] = []


@saga("child")
async def child(ctx: SagaContext, number: int) -> int:
    return number


def mapping(count: int, **policy: Any) -> Play:
    @saga("mapping")
    async def mapped(ctx: SagaContext) -> None:
        result = await ctx.map(ADD, range(count), **policy)
        seen.clear()
        seen.append(result)

    return Play(mapped)


def test_a_map_with_a_tolerance_gives_what_succeeded_and_what_failed_by_index() -> None:
    play = mapping(3, tolerate=Tolerance(count=1))
    play.turn(completed(3, 30), failed(1), completed(2, 20))

    [result] = seen
    assert (result.succeeded, result.not_started, result.reason) == ([(1, 20), (2, 30)], [], MapEnd.ALL_COMPLETED)
    assert [(index, failure.type) for index, failure in result.failed] == [(0, "E")]
    with pytest.raises(MapFailed, match="1 failed and 0 were not started"):
        _ = result.outputs


def test_more_failures_than_are_tolerated_end_it_early() -> None:
    play = mapping(6, tolerate=Tolerance(count=1), max_concurrency=3)

    turn = play.turn(failed(1), failed(3))

    [result] = seen
    assert (result.reason, result.not_started) == (MapEnd.TOLERANCE_EXCEEDED, [4, 5])
    assert [index for index, _ in result.failed] == [0, 2]
    assert [event.task_id for event in turn.events if isinstance(event, ActivityCancelRequested)] == [2, 4]


@pytest.mark.parametrize(("share", "failures"), [(0, 1), (0.25, 2), (0.5, 3), (0.999, 4)])
def test_a_share_is_of_all_items_and_exceeded_when_strictly_greater(share: float, failures: int) -> None:
    play = mapping(4, tolerate=Tolerance(share=share))
    for task in range(1, failures):
        play.turn(failed(task))
        assert not play.instance.status.ended
    play.turn(failed(failures))

    assert seen[0].reason is MapEnd.TOLERANCE_EXCEEDED


def test_whichever_of_count_and_share_is_exceeded_first_ends_it() -> None:
    play = mapping(10, tolerate=Tolerance(count=5, share=0.1))
    play.turn(failed(1), failed(2))

    assert seen[0].reason is MapEnd.TOLERANCE_EXCEEDED


def test_all_may_fail_if_all_are_tolerated() -> None:
    play = mapping(2, tolerate=Tolerance(share=1))
    play.turn(failed(1), failed(2))

    assert (seen[0].reason, len(seen[0].failed)) == (MapEnd.ALL_COMPLETED, 2)


def test_enough_successes_end_it_early() -> None:
    play = mapping(4, min_successes=2, max_concurrency=2)

    play.turn(completed(2, 20))
    turn = play.turn(completed(3, 30))

    [result] = seen
    assert (result.succeeded, result.reason, result.not_started) == (
        [(1, 20), (2, 30)],
        MapEnd.MINIMUM_REACHED,
        [3],
    )
    assert kinds(turn.events) == ["ActivityCompleted", "ActivityCancelRequested", "SagaCompleted"]


def test_the_last_success_that_is_needed_completes_it_if_nothing_else_is_open() -> None:
    play = mapping(2, min_successes=2)
    play.turn(completed(1), completed(2))

    assert seen[0].reason is MapEnd.ALL_COMPLETED


def test_failures_are_no_end_to_a_map_that_only_needs_some_successes() -> None:
    play = mapping(3, min_successes=1)
    play.turn(failed(1), failed(2))
    assert not play.instance.status.ended
    play.turn(failed(3))

    assert (seen[0].reason, len(seen[0].failed)) == (MapEnd.ALL_COMPLETED, 3)


def test_no_success_needed_is_reached_at_once() -> None:
    mapping(3, min_successes=0)

    assert (seen[0].reason, seen[0].not_started) == (MapEnd.MINIMUM_REACHED, [0, 1, 2])


@pytest.mark.parametrize(
    ("count", "policy", "told"),
    [
        (3, {"max_concurrency": 0}, "expected a max_concurrency of 1 or more; found 0"),
        (3, {"min_successes": 4}, "expected min_successes of 0 to 3; found 4"),
        (3, {"min_successes": -1}, "expected min_successes of 0 to 3; found -1"),
    ],
)
def test_a_policy_that_no_map_can_follow_is_refused(count: int, policy: dict[str, Any], told: str) -> None:
    play = mapping(count, **policy)

    assert play.instance.failure is not None
    assert (play.instance.failure.type, play.instance.failure.message) == ("ValueError", told)


@pytest.mark.parametrize(
    ("tolerance", "told"),
    [
        ({}, "found neither"),
        ({"count": -1}, "found -1"),
        ({"share": 1.1}, "found 1.1"),
        ({"share": -0.1}, "found -0.1"),
    ],
)
def test_a_tolerance_that_makes_no_sense_is_refused(tolerance: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Tolerance(**tolerance)


def test_sagas_can_be_mapped() -> None:
    @saga("mapping")
    async def mapped(ctx: SagaContext) -> int:
        result = await ctx.map(child, range(3), max_concurrency=2, tolerate=Tolerance(count=1), label="m")
        return len(result.succeeded) * 10 + len(result.failed)

    play = Play(mapped, tags={"a": 1})
    assert [(event.label, event.tags) for event in play.of(ChildStarted)] == [("m", {"a": 1})] * 2
    play.turn(child_failed(1), child_completed(3, 2), child_completed(2, 1))

    assert play.instance.output == 21


def test_functions_can_be_mapped_and_what_they_raise_is_their_failure() -> None:
    @saga("mapping")
    async def mapped(ctx: SagaContext) -> list[object]:
        async def item(number: int) -> int:
            doubled = await ctx.call(ADD, number)
            if doubled > 5:
                raise LookupError(f"too much: {doubled}")
            return await ctx.call(ADD, doubled)

        result = await ctx.map(item, [1, 2], tolerate=Tolerance(count=1))
        return [result.succeeded, [(index, failure.type, failure.message) for index, failure in result.failed]]

    play = Play(mapped)
    play.turn(completed(2, 7), completed(1, 4))
    play.turn(completed(3, 5))

    assert play.instance.output == [[[0, 5]], [[1, "LookupError", "too much: 7"]]]


def test_an_early_end_raises_cancelled_in_functions_that_run() -> None:
    told: list[int] = []

    @saga("mapping")
    async def mapped(ctx: SagaContext) -> str:
        async def item(number: int) -> int:
            try:
                return await ctx.call(ADD, number)
            except Cancelled:
                told.append(number)
                raise

        await ctx.map(item, range(3), min_successes=1)
        await ctx.call(ADD, 9)
        return "over"

    play = Play(mapped)
    play.turn(completed(2))
    play.turn(completed(4))

    assert play.instance.output == "over"
    assert told[:2] == [0, 2]


def test_a_cancelled_map_cancels_what_runs_and_starts_nothing_more() -> None:
    @saga("mapping")
    async def mapped(ctx: SagaContext) -> str:
        many = ctx.map(ADD, range(4), max_concurrency=2)
        await ctx.sleep(HOUR)
        many.cancel()
        many.cancel()
        try:
            await many
        except Cancelled:
            return "cancelled"
        return ""

    play = Play(mapped)
    timer = play.instance.waiting[-1].task_id
    from tests.support.plays import fired

    assert play.kinds(fired(timer, HOUR)) == [
        "TimerFired",
        "ActivityCancelRequested",
        "ActivityCancelRequested",
        "SagaCompleted",
    ]


def test_items_whose_queue_has_gone_do_not_stop_the_others() -> None:
    @saga("mapping")
    async def mapped(ctx: SagaContext) -> int:
        result = await ctx.map(ADD, range(5), max_concurrency=1, tolerate=Tolerance(count=5))
        return len(result.failed)

    play = Play(mapped)
    play.setup = Setup(Registry([mapped]), frozenset())
    play.deploy(mapped)
    play.turn(completed(1))

    assert play.instance.output == 4
    assert len(play.of(ActivityScheduled)) == 5
