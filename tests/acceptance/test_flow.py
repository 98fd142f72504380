"""`gather`, `first`, `as_completed`, `spawn`, `timeout`, `shield`, `lock`, `semaphore`, `until`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from durable import (
    Activity,
    ActivityError,
    Cancelled,
    DeadlineExceeded,
    EventTimeout,
    First,
    SagaContext,
    saga,
)
from durable.testing import Mode, SagaEnvironment

WORK = Activity("work.do", int, int)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def work(n: int) -> int:
    if n < 0:
        raise ValueError(f"negative: {n}")
    return n


async def hang(n: int, ctx: Any) -> int:
    await ctx.shutting_down
    return n


def ended(saga_: Any, mode: Mode, *, input: Any = None, advance: timedelta = HOUR, handler: Any = work) -> Any:
    env = SagaEnvironment(sagas=[saga_], handlers={WORK: handler}, mode=mode, seed=7)
    run: Any = env.start(saga_, input, instance_id="a")
    env.advance(advance)
    return run


def test_gather_gives_a_list_in_argument_order(mode: Mode) -> None:
    @saga("gathering")
    async def gathering(ctx: SagaContext) -> list[Any]:
        late = ctx.sleep(MINUTE)
        found: Any = await ctx.gather(late, ctx.call(WORK, 2), ctx.call(WORK, 1))
        return [type(found).__name__, *found]

    assert ended(gathering, mode).result == ["list", None, 2, 1]


def test_gather_of_nothing_is_an_empty_list(mode: Mode) -> None:
    @saga("nothing")
    async def nothing(ctx: SagaContext) -> list[Any]:
        return [await ctx.gather()]

    assert ended(nothing, mode).result == [[]]


def test_gather_raises_the_first_failure_and_siblings_go_on(mode: Mode) -> None:
    @saga("one-fails")
    async def one_fails(ctx: SagaContext) -> list[Any]:
        late: Any = ctx.sleep(MINUTE)
        bad, good = ctx.call(WORK, -1), ctx.call(WORK, 5)
        try:
            await ctx.gather(late, bad, good)
        except ActivityError as error:
            at = ctx.now
            return [error.failure.message, await good, (await late), ctx.now > at]
        return []

    assert ended(one_fails, mode).result == ["negative: -1", 5, None, True]


def test_gather_may_return_exceptions(mode: Mode) -> None:
    @saga("returning")
    async def returning(ctx: SagaContext) -> list[Any]:
        found = await ctx.gather(ctx.call(WORK, 1), ctx.call(WORK, -1), return_exceptions=True)
        return [one if isinstance(one, int) else type(one).__name__ for one in found]

    assert ended(returning, mode).result == [1, "ActivityError"]


def test_first_gives_index_and_value_and_cancels_losing_timers(mode: Mode) -> None:
    @saga("racing")
    async def racing(ctx: SagaContext) -> list[Any]:
        timer, event, call = ctx.sleep(HOUR), ctx.wait_for_event("never", int), ctx.call(WORK, 3)
        won = await ctx.first(timer, event, call)
        told: list[Any] = [isinstance(won, First), won.index, won.value, timer.done, event.done]
        for loser in (timer, event):
            try:
                await loser
            except Cancelled:
                told.append("cancelled")
        return told

    run = ended(racing, mode)
    assert run.result == [True, 2, 3, True, True, "cancelled", "cancelled"]
    assert run.kinds["TimerCancelled"] == 1


def test_a_losing_call_goes_on_and_can_be_awaited(mode: Mode) -> None:
    @saga("losing")
    async def losing(ctx: SagaContext) -> list[Any]:
        async def later() -> int:
            await ctx.sleep(2 * MINUTE)
            return 9

        call, branch = ctx.call(WORK, 3), ctx.spawn(later())
        won = await ctx.first(ctx.sleep(timedelta(0)), branch)
        return [won.index, await call, await branch]

    assert ended(losing, mode).result == [0, 3, 9]


def test_a_winner_that_failed_raises(mode: Mode) -> None:
    @saga("failing-winner")
    async def failing_winner(ctx: SagaContext) -> str:
        try:
            await ctx.first(ctx.sleep(HOUR), ctx.call(WORK, -1))
        except ActivityError as error:
            return error.failure.message
        return ""

    assert ended(failing_winner, mode).result == "negative: -1"


def test_as_completed_follows_history(mode: Mode) -> None:
    @saga("completing")
    async def completing(ctx: SagaContext) -> list[Any]:
        async def after(minutes: int) -> int:
            await ctx.sleep(minutes * MINUTE)
            return minutes

        told = []
        async for handle in ctx.as_completed(*(ctx.spawn(after(n)) for n in (3, 1, 2))):
            told.append(await handle)
        return told

    assert ended(completing, mode).result == [1, 2, 3]


def test_a_branch_still_open_when_the_saga_returns_is_cancelled(mode: Mode) -> None:
    @saga("leaving")
    async def leaving(ctx: SagaContext) -> str:
        async def forever() -> None:
            while True:
                await ctx.sleep(MINUTE)

        ctx.spawn(forever())
        await ctx.sleep(90 * timedelta(seconds=1))
        return "left"

    run = ended(leaving, mode)
    assert run.result == "left"
    assert run.kinds["TimerFired"] == 2
    assert run.waiting_for == []


def test_a_branch_that_fails_raises_at_its_await_only(mode: Mode) -> None:
    @saga("failing-branch")
    async def failing_branch(ctx: SagaContext) -> list[str]:
        async def broken() -> None:
            raise LookupError("inside")

        branch = ctx.spawn(broken())
        await ctx.call(WORK, 1)
        told = []
        for _ in range(2):
            try:
                await branch
            except LookupError as error:
                told.append(str(error))
        return told

    assert ended(failing_branch, mode).result == ["inside", "inside"]


def test_a_timeout_raises_at_the_await_it_is_due_in(mode: Mode) -> None:
    @saga("hurrying")
    async def hurrying(ctx: SagaContext) -> list[Any]:
        began = ctx.now
        try:
            async with ctx.timeout(MINUTE):
                await ctx.sleep(HOUR)
        except DeadlineExceeded:
            return [(ctx.now - began).total_seconds()]
        return []

    assert ended(hurrying, mode).result == [60]


def test_an_event_wait_in_a_timeout_raises_deadline_exceeded_not_event_timeout(mode: Mode) -> None:
    @saga("two-times")
    async def two_times(ctx: SagaContext) -> list[str]:
        told = []
        try:
            async with ctx.timeout(MINUTE):
                await ctx.wait_for_event("x", int, timeout=2 * MINUTE)
        except (DeadlineExceeded, EventTimeout) as error:
            told.append(type(error).__name__)
        try:
            async with ctx.timeout(2 * MINUTE):
                await ctx.wait_for_event("x", int, timeout=MINUTE)
        except (DeadlineExceeded, EventTimeout) as error:
            told.append(type(error).__name__)
        return told

    assert ended(two_times, mode).result == ["DeadlineExceeded", "EventTimeout"]


def test_a_timeout_that_is_left_in_time_changes_nothing(mode: Mode) -> None:
    @saga("in-time")
    async def in_time(ctx: SagaContext) -> int:
        async with ctx.timeout(MINUTE):
            found = await ctx.call(WORK, 1)
        await ctx.sleep(10 * MINUTE)
        return found

    assert ended(in_time, mode).result == 1


def test_locks_and_semaphores_let_so_many_in(mode: Mode) -> None:
    @saga("locking")
    async def locking(ctx: SagaContext) -> list[int]:
        inside = {"lock": 0, "two": 0}
        most = {"lock": 0, "two": 0}
        lock, two = ctx.lock(), ctx.semaphore(2)

        async def enter(name: str, gate: Any) -> None:
            async with gate:
                inside[name] += 1
                most[name] = max(most[name], inside[name])
                await ctx.sleep(MINUTE)
                inside[name] -= 1

        await ctx.gather(*(ctx.spawn(enter("lock", lock)) for _ in range(4)))
        await ctx.gather(*(ctx.spawn(enter("two", two)) for _ in range(4)))
        return [most["lock"], most["two"]]

    assert ended(locking, mode).result == [1, 2]


def test_until_waits_for_what_branches_do_and_ends_with_deadline_exceeded(mode: Mode) -> None:
    @saga("watching")
    async def watching(ctx: SagaContext) -> list[Any]:
        count = 0

        async def counting() -> None:
            nonlocal count
            for _ in range(3):
                await ctx.sleep(MINUTE)
                count += 1

        ctx.spawn(counting())
        await ctx.until(lambda: count >= 2)
        told: list[Any] = [count]
        try:
            await ctx.until(lambda: count > 100, timeout=HOUR)
        except DeadlineExceeded:
            told.append(count)
        return told

    assert ended(watching, mode, advance=3 * HOUR).result == [2, 3]
