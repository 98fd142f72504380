from collections.abc import Callable
from datetime import timedelta

from durable import RetryPolicy, SagaContext, Status, saga
from durable.events import ActivityScheduled, SagaCancelled, SagaCompensationFailed
from durable.testing import SagaEnvironment
from tests.support.modes import ECHO, UNDO, everywhere, of, world

MINUTE = timedelta(minutes=1)
ONCE = RetryPolicy(max_attempts=1)


def stubborn(failures: dict[int, int]) -> Callable[[], Callable[[int], None]]:
    """A handler that refuses each number so many times."""

    def make() -> Callable[[int], None]:
        left = dict(failures)

        def undo(number: int) -> None:
            if left.get(number, 0) > 0:
                left[number] -= 1
                raise OSError(f"no undo of {number}")

        return undo

    return make


def undone(env: SagaEnvironment) -> list[object]:
    return [effect[1] for effect in env.effects if effect[0] == UNDO.name]


@saga("grouped")
async def grouped(ctx: SagaContext) -> None:
    ctx.compensate(UNDO, 1)
    async with ctx.compensation_group():
        ctx.compensate(UNDO, 2)
        ctx.compensate(UNDO, 3)
    await ctx.call(ECHO, 4, compensate_with=UNDO)
    raise ValueError("as planned")


def test_undos_run_last_first_and_those_of_a_group_in_parallel() -> None:
    run = everywhere([grouped], None)

    assert run.status is Status.COMPENSATED
    scheduled = [event for event in of(run, ActivityScheduled) if event.compensates]
    assert [e.input for e in scheduled] == [4, 3, 2, 1]
    assert scheduled[1].at == scheduled[2].at


@saga("pivoted")
async def pivoted(ctx: SagaContext) -> None:
    await ctx.call(ECHO, 1, compensate_with=UNDO)
    ctx.pivot()
    await ctx.call(ECHO, 2, compensate_with=UNDO)
    raise ValueError("past the point of no return")


def test_past_the_pivot_nothing_is_undone() -> None:
    run = everywhere([pivoted], None)

    assert run.status is Status.FAILED
    assert "CompensationStarted" not in run.kinds


@saga("stuck")
async def stuck(ctx: SagaContext) -> None:
    for number in (1, 2, 3):
        ctx.compensate(UNDO, number, retry=ONCE)
    raise ValueError("as planned")


@saga("cancelled")
async def cancelled(ctx: SagaContext) -> None:
    await ctx.call(ECHO, 1, compensate_with=UNDO)
    await ctx.wait_for_event("never", int)


def test_a_cancelled_saga_is_undone_and_ends_cancelled() -> None:
    def script(env: SagaEnvironment) -> None:
        env.cancel("a", reason="changed my mind")

    run = everywhere([cancelled], None, script)

    assert run.status is Status.CANCELLED
    assert [e.reason for e in of(run, SagaCancelled)] == ["changed my mind"]


@saga("caught")
async def caught(ctx: SagaContext) -> str:
    ctx.compensate(UNDO, 1)
    try:
        await ctx.call(ECHO, -1)
    except Exception:
        return "fine"
    return ""


def refusing(number: int) -> int:
    if number < 0:
        raise ValueError(f"no {number}")
    return number


def test_a_caught_failure_undoes_nothing() -> None:
    run = everywhere([caught], None, echo=lambda: refusing)

    assert (run.status, run.result) == (Status.COMPLETED, "fine")


def test_undos_are_tried_ten_times_unless_told() -> None:
    @saga("patient")
    async def patient(ctx: SagaContext) -> None:
        ctx.compensate(UNDO, 1)
        raise ValueError

    run = everywhere([patient], None, lambda env: env.advance(60 * MINUTE), undo=stubborn({1: 9}))

    assert run.status is Status.COMPENSATED
    assert run.kinds["ActivityFailed"] == 9


def test_a_failed_undo_does_not_stop_the_others_and_an_operator_lets_it_run_again() -> None:
    env = world(stuck, undo=stubborn({2: 1})())
    run = env.start(stuck, instance_id="a")
    env.settle()
    before = run.status
    assert undone(env) == [3, 2, 1]

    env.retry("a")
    env.settle()

    assert (before, run.status) == (Status.COMPENSATION_FAILED, Status.COMPENSATED)
    assert undone(env) == [3, 2, 1, 2]


def test_an_operator_settles_failed_undos_by_hand_until_none_is_left() -> None:
    def script(env: SagaEnvironment) -> None:
        failed = of(env.run("a"), SagaCompensationFailed)[0]
        assert len(failed.not_undone) == 2
        env.skip("a", failed.not_undone[0], reason="done by hand")
        env.settle()
        assert env.run("a").status is Status.COMPENSATION_FAILED
        env.skip("a", failed.not_undone[1], reason="done by hand")

    run = everywhere([stuck], None, script, undo=stubborn({2: 9, 3: 9}))

    assert run.status is Status.COMPENSATED


def test_an_undo_that_fails_after_a_cancel_can_be_retried_and_the_saga_ends_cancelled() -> None:
    @saga("cancelled-stuck")
    async def cancelled_stuck(ctx: SagaContext) -> None:
        ctx.compensate(UNDO, 1, retry=ONCE)
        await ctx.wait_for_event("never", int)

    def script(env: SagaEnvironment) -> None:
        env.cancel("a")
        env.settle()
        assert env.run("a").status is Status.COMPENSATION_FAILED
        env.retry("a")

    run = everywhere([cancelled_stuck], None, script, undo=stubborn({1: 1}))

    assert run.status is Status.CANCELLED
