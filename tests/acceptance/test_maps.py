"""`ctx.map` and its completion policies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from durable import Activity, Failure, MapEnd, MapFailed, RetryPolicy, SagaContext, Tolerance, saga
from durable.testing import Mode, SagaEnvironment

WORK = Activity("work.do", int, int)
MINUTE = timedelta(minutes=1)


def work(n: int) -> int:
    if n < 0:
        raise ValueError(f"negative: {n}")
    return 10 * n


@saga("child")
async def child(ctx: SagaContext, n: int) -> int:
    return await ctx.call(WORK, n)


def told_by(body: Any, mode: Mode) -> Any:
    @saga("mapping")
    async def mapping(ctx: SagaContext) -> Any:
        return await body(ctx)

    env = SagaEnvironment(sagas=[mapping, child], handlers={WORK: work}, mode=mode, seed=7)
    run: Any = env.start(mapping)
    env.advance(timedelta(hours=1))
    assert run.status == "Completed", run.failure
    return run.result


def test_a_map_gives_all_outputs_in_order(mode: Mode) -> None:
    async def body(ctx: SagaContext) -> Any:
        async def branch(n: int) -> int:
            await ctx.sleep((5 - n) * MINUTE)
            return 10 * n

        told = []
        for what in (WORK, child, branch):
            result = await ctx.map(what, [1, 2, 3])
            assert result.reason is MapEnd.ALL_COMPLETED
            assert (result.failed, result.not_started) == ([], [])
            told.append([result.outputs, result.succeeded])
        return told

    pairs = [[0, 10], [1, 20], [2, 30]]
    assert told_by(body, mode) == [[[10, 20, 30], pairs]] * 3


def test_a_map_of_nothing_is_complete(mode: Mode) -> None:
    async def body(ctx: SagaContext) -> Any:
        result = await ctx.map(WORK, [])
        return [result.outputs, result.reason.name]

    assert told_by(body, mode) == [[], "ALL_COMPLETED"]


def test_without_a_policy_any_failure_raises_map_failed_with_the_result(mode: Mode) -> None:
    async def body(ctx: SagaContext) -> Any:
        try:
            await ctx.map(WORK, [1, -1, 3], max_concurrency=1)
        except MapFailed as error:
            result = error.result
            index, failure = result.failed[0]
            assert isinstance(failure, Failure)
            return [result.succeeded, index, failure.matches("ValueError"), result.not_started, result.reason.name]
        return []

    assert told_by(body, mode) == [[[0, 10]], 1, True, [2], "TOLERANCE_EXCEEDED"]


def test_a_limit_is_exceeded_when_strictly_greater(mode: Mode) -> None:
    async def body(ctx: SagaContext) -> Any:
        told = []
        for count in (2, 1):
            result = await ctx.map(WORK, [-1, -2, 3, 4], max_concurrency=1, tolerate=Tolerance(count=count))
            told.append([len(result.failed), len(result.succeeded), result.not_started, result.reason.name])
        return told

    assert told_by(body, mode) == [[2, 2, [], "ALL_COMPLETED"], [2, 0, [2, 3], "TOLERANCE_EXCEEDED"]]


def test_a_share_is_of_all_items(mode: Mode) -> None:
    async def body(ctx: SagaContext) -> Any:
        told = []
        for share in (0.5, 0.49):
            result = await ctx.map(WORK, [-1, -2, 3, 4], max_concurrency=1, tolerate=Tolerance(share=share))
            told.append([len(result.failed), result.reason.name])
        return told

    assert told_by(body, mode) == [[2, "ALL_COMPLETED"], [2, "TOLERANCE_EXCEEDED"]]


def test_a_map_ends_early_when_enough_succeeded(mode: Mode) -> None:
    async def body(ctx: SagaContext) -> Any:
        result = await ctx.map(WORK, [1, -2, 3, 4, 5], max_concurrency=1, min_successes=2)
        try:
            _ = result.outputs
        except MapFailed as error:
            return [
                result.succeeded,
                [i for i, _ in result.failed],
                result.not_started,
                result.reason.name,
                error.result == result,
            ]
        return []

    assert told_by(body, mode) == [[[0, 10], [2, 30]], [1], [3, 4], "MINIMUM_REACHED", True]


def test_no_more_run_at_a_time_than_told(mode: Mode) -> None:
    async def body(ctx: SagaContext) -> Any:
        inside = most = 0

        async def branch(n: int) -> int:
            nonlocal inside, most
            inside += 1
            most = max(most, inside)
            await ctx.sleep(MINUTE)
            inside -= 1
            return n

        await ctx.map(branch, range(10), max_concurrency=3)
        return most

    assert told_by(body, mode) == 3


def test_items_are_retried_by_policy(mode: Mode) -> None:
    async def body(ctx: SagaContext) -> Any:
        result = await ctx.map(WORK, [1, -1], retry=RetryPolicy(max_attempts=3), tolerate=Tolerance(count=5))
        return [len(result.succeeded), len(result.failed), result.reason.name]

    assert told_by(body, mode) == [1, 1, "ALL_COMPLETED"]


@pytest.mark.parametrize("wrong", [{"count": -1}, {"share": 1.5}, {"share": -0.1}, {}])
def test_a_tolerance_that_means_nothing_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        Tolerance(**wrong)
