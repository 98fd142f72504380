from datetime import timedelta

import pytest

from durable import (
    ActivityError,
    Cancelled,
    DeadlineExceeded,
    Handle,
    MapEnd,
    MapFailed,
    SagaContext,
    Status,
    Tolerance,
    saga,
)
from durable.events import ActivityScheduled
from durable.testing import SagaEnvironment
from tests.support.modes import ECHO, Script, everywhere, of

HOUR = timedelta(hours=1)


def advance(span: timedelta) -> Script:
    def script(env: SagaEnvironment) -> None:
        env.advance(span)

    return script


@saga("branches")
async def branches(ctx: SagaContext) -> list[int]:
    async def branch(start: int) -> int:
        first = await ctx.call(ECHO, start)
        await ctx.sleep(HOUR)
        return first + await ctx.call(ECHO, start + 1)

    one, two = ctx.spawn(branch(1)), ctx.spawn(branch(10))
    return [await one, await two]


def test_branches_run_side_by_side() -> None:
    run = everywhere([branches], None, advance(HOUR))

    assert run.result == [3, 21]


@saga("leaving")
async def leaving(ctx: SagaContext) -> str:
    log: list[str] = []

    async def forever() -> None:
        try:
            await ctx.sleep(HOUR)
        finally:
            log.append("closed")
            ctx.call(ECHO, 99)

    ctx.spawn(forever())
    await ctx.call(ECHO, 1)
    return "done"


def test_a_branch_that_is_open_when_the_saga_returns_is_dropped_and_schedules_nothing() -> None:
    run = everywhere([leaving], None)

    assert run.result == "done"
    assert [e.name for e in of(run, ActivityScheduled)] == ["steps.echo"]


@saga("cancelled-branch")
async def cancelled_branch(ctx: SagaContext) -> list[str]:
    told: list[str] = []

    async def branch() -> None:
        try:
            await ctx.sleep(HOUR)
        except Cancelled:
            await ctx.call(ECHO, 5)
            told.append("cleaned up")

    handle = ctx.spawn(branch())
    await ctx.call(ECHO, 1)
    handle.cancel()
    try:
        await handle
    except Cancelled:
        told.append("cancelled")
    await ctx.sleep(HOUR)
    return told


def test_a_cancelled_branch_may_clean_up() -> None:
    assert everywhere([cancelled_branch], None, advance(HOUR)).result == ["cancelled", "cleaned up"]


@saga("race")
async def race(ctx: SagaContext) -> list[object]:
    won = await ctx.first(ctx.sleep(2 * HOUR), ctx.wait_for_event("go", int), ctx.call(ECHO, 4))
    return [won.index, won.value]


@saga("lost-call")
async def lost_call(ctx: SagaContext) -> list[object]:
    slow = ctx.call(ECHO, 9)
    won = await ctx.first(ctx.sleep(timedelta(0)), slow)
    return [won.index, await slow]


def test_a_call_that_loses_goes_on_and_can_be_awaited() -> None:
    run = everywhere([lost_call], None)

    assert run.result[1] == 9


@saga("failing-first")
async def failing_first(ctx: SagaContext) -> str:
    try:
        await ctx.first(ctx.call(ECHO, -1), ctx.sleep(HOUR))
    except ActivityError as error:
        return error.failure.message
    return ""


def refusing(number: int) -> int:
    if number < 0:
        raise ValueError(f"no {number}")
    return number


def test_a_winner_that_failed_raises() -> None:
    assert everywhere([failing_first], None, echo=lambda: refusing).result == "no -1"


@saga("as-completed")
async def as_completed(ctx: SagaContext) -> list[int]:
    async def late(number: int) -> int:
        await ctx.sleep(number * HOUR)
        return number

    handles: list[Handle[int]] = [ctx.spawn(late(3)), ctx.spawn(late(1)), ctx.call(ECHO, 0), ctx.spawn(late(2))]
    return [await handle async for handle in ctx.as_completed(*handles)]


def test_handles_come_in_the_order_in_which_they_end() -> None:
    assert everywhere([as_completed], None, advance(3 * HOUR)).result == [0, 1, 2, 3]


@saga("scoped")
async def scoped(ctx: SagaContext) -> list[str]:
    told = []
    try:
        async with ctx.timeout(HOUR):
            await ctx.sleep(2 * HOUR)
    except DeadlineExceeded:
        told.append("late")
    async with ctx.timeout(HOUR):
        await ctx.call(ECHO, 1)
        told.append("in time")
    await ctx.sleep(2 * HOUR)
    return told


def test_a_time_scope_raises_at_the_await_it_is_due_in_and_only_there() -> None:
    assert everywhere([scoped], None, advance(4 * HOUR)).result == ["late", "in time"]


@saga("locked")
async def locked(ctx: SagaContext) -> list[str]:
    lock = ctx.lock()
    told: list[str] = []

    async def branch(name: str) -> None:
        async with lock:
            told.append(f"{name} in")
            await ctx.sleep(HOUR)
            told.append(f"{name} out")

    await ctx.gather(*(ctx.spawn(branch(name)) for name in "abc"))
    return told


def test_a_lock_lets_branches_in_one_by_one_in_their_order() -> None:
    run = everywhere([locked], None, advance(3 * HOUR))

    assert run.result == ["a in", "a out", "b in", "b out", "c in", "c out"]


@saga("until")
async def until(ctx: SagaContext) -> list[object]:
    state = {"n": 0}

    async def counting() -> None:
        for _ in range(3):
            await ctx.sleep(HOUR)
            state["n"] += 1

    ctx.spawn(counting())
    await ctx.until(lambda: state["n"] == 2)
    at = state["n"]
    try:
        await ctx.until(lambda: state["n"] == 9, timeout=5 * HOUR)
    except DeadlineExceeded:
        return [at, state["n"]]
    return []


def test_until_waits_for_a_condition_over_the_variables_of_the_saga() -> None:
    assert everywhere([until], None, advance(9 * HOUR)).result == [2, 3]


@pytest.mark.parametrize(
    ("tolerate", "minimum", "expected"),
    [
        (Tolerance(count=1), None, ("tolerance exceeded", 2)),
        (Tolerance(count=2), None, ("all completed", 2)),
        (Tolerance(share=0.25), None, ("tolerance exceeded", 2)),
        (None, 2, ("minimum reached", None)),
    ],
)
def test_a_map_ends_by_its_policy(tolerate: Tolerance | None, minimum: int | None, expected: tuple[str, int]) -> None:
    @saga("mapped")
    async def mapped(ctx: SagaContext) -> list[object]:
        result = await ctx.map(ECHO, [1, -1, 2, -2, 3, 4], max_concurrency=1, tolerate=tolerate, min_successes=minimum)
        return [result.reason.name.lower().replace("_", " "), len(result.failed), len(result.succeeded)]

    run = everywhere([mapped], None, echo=lambda: refusing)

    assert run.result[0] == expected[0]
    if expected[1] is not None:
        assert run.result[1] == expected[1]


@saga("mapped-functions")
async def mapped_functions(ctx: SagaContext) -> list[int]:
    async def twice(number: int) -> int:
        return await ctx.call(ECHO, number) + await ctx.call(ECHO, number)

    return (await ctx.map(twice, range(5), max_concurrency=2)).outputs


def test_a_map_takes_an_async_function() -> None:
    assert everywhere([mapped_functions], None).result == [0, 2, 4, 6, 8]


@saga("strict-map")
async def strict_map(ctx: SagaContext) -> list[object]:
    try:
        await ctx.map(ECHO, [1, -1, 2, 3], max_concurrency=1)
    except MapFailed as error:
        result = error.result
        return [result.reason is MapEnd.TOLERANCE_EXCEEDED, result.succeeded, result.not_started]
    return []


def test_a_map_without_a_policy_raises_at_the_first_failure_and_tells_what_was_reached() -> None:
    run = everywhere([strict_map], None, echo=lambda: refusing)

    assert run.result == [True, [[0, 1]], [2, 3]]
    assert run.status is Status.COMPLETED


def test_the_first_wins_and_losing_timers_and_waits_are_cancelled() -> None:
    run = everywhere([race], None)

    assert run.result == [2, 4]
    assert run.waiting_for == []
    assert "TimerCancelled" in [type(event).__name__ for event in run.history]
