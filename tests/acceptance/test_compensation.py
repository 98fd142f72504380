"""How a saga undoes what it did, and how an operator finishes that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from durable import Activity, ActivityError, Cancelled, RetryPolicy, SagaContext, Status, saga
from durable.testing import Mode, SagaEnvironment

BOOK = Activity("work.book", str, str)
UNDO = Activity("work.undo", str, type(None))
HOUR = timedelta(hours=1)


def environment(*sagas: Any, mode: Mode, undo: Any = lambda _: None) -> SagaEnvironment:
    def book(what: str) -> str:
        if what.startswith("bad"):
            raise ValueError(what)
        return f"{what}-1"

    return SagaEnvironment(sagas=sagas, handlers={BOOK: book, UNDO: undo}, mode=mode, seed=7)


def undone(env: SagaEnvironment) -> list[str]:
    return [effect.input for effect in env.effects if effect.activity == "work.undo"]


@saga("trip")
async def trip(ctx: SagaContext, last: str) -> str:
    await ctx.call(BOOK, "hotel", compensate_with=UNDO)
    await ctx.call(BOOK, "car", compensate_with=UNDO)
    ctx.compensate(UNDO, "flight?")
    await ctx.call(BOOK, last)
    return "booked"


def test_undos_run_last_first_when_the_saga_raises(mode: Mode) -> None:
    env = environment(trip, mode=mode)
    run: Any = env.start(trip, "bad flight", instance_id="a")
    env.settle()

    assert run.status is Status.COMPENSATED
    assert undone(env) == ["flight?", "car-1", "hotel-1"]
    assert run.failure.matches("ActivityError")
    assert run.failure.cause.matches("ValueError")
    assert run.kinds["CompensationStarted"] == 1
    assert run.kinds["CompensationRegistered"] == 3
    assert run.kinds["SagaCompensated"] == 1
    undos = [e for e in run.history if e.kind == "ActivityScheduled" and e.compensates is not None]
    registered = [e.task_id for e in run.history if e.kind == "CompensationRegistered"]
    booked = [e.task_id for e in run.history if e.kind == "ActivityScheduled" and e.name == "work.book"]
    assert len(undos) == 3
    assert {e.compensates for e in undos} <= {*registered, *booked}
    [started] = [e for e in run.history if e.kind == "CompensationStarted"]
    assert started.failure.matches("ActivityError")


def test_a_saga_that_returns_undoes_nothing(mode: Mode) -> None:
    env = environment(trip, mode=mode)
    run: Any = env.start(trip, "flight")
    env.settle()

    assert run.result == "booked"
    assert undone(env) == []


def test_a_caught_failure_undoes_nothing(mode: Mode) -> None:
    @saga("catching")
    async def catching(ctx: SagaContext) -> str:
        await ctx.call(BOOK, "hotel", compensate_with=UNDO)
        try:
            await ctx.call(BOOK, "bad car", compensate_with=UNDO)
        except ActivityError:
            return "without a car"
        return ""

    env = environment(catching, mode=mode)
    run: Any = env.start(catching)
    env.settle()

    assert run.result == "without a car"
    assert undone(env) == []


def test_past_the_pivot_nothing_is_undone(mode: Mode) -> None:
    @saga("pivoting")
    async def pivoting(ctx: SagaContext) -> None:
        await ctx.call(BOOK, "hotel", compensate_with=UNDO)
        ctx.pivot()
        ctx.compensate(UNDO, "later")
        raise RuntimeError("past it")

    env = environment(pivoting, mode=mode)
    run: Any = env.start(pivoting)
    env.settle()

    assert run.status is Status.FAILED
    assert undone(env) == []
    assert run.kinds["PivotReached"] == 1


def test_a_saga_that_raises_with_nothing_to_undo_has_failed(mode: Mode) -> None:
    @saga("raising")
    async def raising(ctx: SagaContext) -> None:
        raise LookupError("nothing here")

    env = environment(raising, mode=mode)
    run: Any = env.start(raising)
    env.settle()

    assert run.status is Status.FAILED
    assert (run.failure.type, run.failure.message) == ("LookupError", "nothing here")


def test_undos_of_a_group_run_in_parallel_at_its_turn(mode: Mode) -> None:
    @saga("grouping")
    async def grouping(ctx: SagaContext) -> None:
        ctx.compensate(UNDO, "first")
        async with ctx.compensation_group():
            ctx.compensate(UNDO, "g1")
            ctx.compensate(UNDO, "g2")
        ctx.compensate(UNDO, "last")
        raise RuntimeError

    env = environment(grouping, mode=mode)
    run: Any = env.start(grouping)
    env.settle()

    assert run.status is Status.COMPENSATED
    order = undone(env)
    assert order[0] == "last"
    assert set(order[1:3]) == {"g1", "g2"}
    assert order[3] == "first"
    scheduled = [(e.sequence, e.input) for e in run.history if e.kind == "ActivityScheduled"]
    done = [e.sequence for e in run.history if e.kind == "ActivityCompleted"]
    group = [sequence for sequence, input in scheduled if input in {"g1", "g2"}]
    assert not [sequence for sequence in done if min(group) < sequence < max(group)]


def test_undos_run_on_cancel_and_the_end_is_cancelled(mode: Mode) -> None:
    @saga("cancelled")
    async def cancelled(ctx: SagaContext) -> None:
        await ctx.call(BOOK, "hotel", compensate_with=UNDO)
        await ctx.wait_for_event("never", str)

    env = environment(cancelled, mode=mode)
    run: Any = env.start(cancelled, instance_id="a")
    env.settle()
    env.cancel("a", reason="enough")
    env.settle()

    assert run.status is Status.CANCELLED
    assert undone(env) == ["hotel-1"]
    [end] = [e for e in run.history if e.kind == "SagaCancelled"]
    assert end.reason == "enough"


def test_undos_do_not_run_on_terminate(mode: Mode) -> None:
    @saga("terminated")
    async def terminated(ctx: SagaContext) -> None:
        await ctx.call(BOOK, "hotel", compensate_with=UNDO)
        await ctx.wait_for_event("never", str)

    env = environment(terminated, mode=mode)
    run: Any = env.start(terminated, instance_id="a")
    env.settle()
    env.terminate("a", reason="now")
    env.settle()

    assert run.status is Status.TERMINATED
    assert undone(env) == []
    [end] = [e for e in run.history if e.kind == "SagaTerminated"]
    assert end.reason == "now"


def test_undos_have_ten_attempts_unless_told(mode: Mode) -> None:
    @saga("stubborn")
    async def stubborn(ctx: SagaContext) -> None:
        ctx.compensate(UNDO, "ten")
        ctx.compensate(UNDO, "two", retry=RetryPolicy(max_attempts=2))
        raise RuntimeError

    def fail(_: str) -> None:
        raise OSError

    env = environment(stubborn, mode=mode, undo=fail)
    run: Any = env.start(stubborn, instance_id="a")
    env.advance(3 * HOUR)

    assert run.status is Status.COMPENSATION_FAILED
    tried = [effect.input for effect in env.effects]
    assert {tried.count("ten"), tried.count("two")} == {10, 2} or mode is Mode.DUPLICATES
    assert run.kinds["ActivityScheduled"] == 12


def test_a_cancel_while_compensating_is_recorded_and_changes_nothing(mode: Mode) -> None:
    @saga("slow-undo")
    async def slow_undo(ctx: SagaContext) -> None:
        ctx.compensate(UNDO, "slow")
        raise RuntimeError

    tokens: list[str] = []

    def later(_: str, ctx: Any) -> None:
        tokens.append(ctx.complete_later())

    env = environment(slow_undo, mode=mode, undo=later)
    run: Any = env.start(slow_undo, instance_id="a")
    env.settle()
    assert run.status == "Compensating"
    assert [(one.kind, one.name) for one in run.waiting_for] == [("undo", "work.undo")]
    env.cancel("a", reason="late")
    env.settle()
    assert run.status == "Compensating"
    assert run.kinds["CancelRequested"] == 1
    env.complete(tokens[0], None)
    env.settle()

    assert run.status is Status.COMPENSATED


def test_registered_undos_go_along_with_continue_as_new(mode: Mode) -> None:
    @saga("carrying")
    async def carrying(ctx: SagaContext, n: int) -> None:
        ctx.compensate(UNDO, f"of {n}")
        if n < 2:
            ctx.continue_as_new(n + 1)
        raise RuntimeError

    env = environment(carrying, mode=mode)
    run: Any = env.start(carrying, 0, instance_id="a")
    env.settle()

    assert run.status is Status.COMPENSATED
    assert undone(env) == ["of 2", "of 1", "of 0"]


def test_a_child_may_be_undone_too(mode: Mode) -> None:
    @saga("kid")
    async def kid(ctx: SagaContext) -> str:
        return "made by kid"

    @saga("undoing-a-child")
    async def undoing_a_child(ctx: SagaContext) -> None:
        await ctx.call_saga(kid, compensate_with=UNDO)
        raise RuntimeError

    env = environment(undoing_a_child, kid, mode=mode)
    run: Any = env.start(undoing_a_child)
    env.settle()

    assert run.status is Status.COMPENSATED
    assert undone(env) == ["made by kid"]


def test_a_cancel_caught_and_another_error_raised_is_compensated(mode: Mode) -> None:
    @saga("turning")
    async def turning(ctx: SagaContext) -> None:
        ctx.compensate(UNDO, "x")
        try:
            await ctx.wait_for_event("never", str)
        except Cancelled:
            await ctx.call(BOOK, "note")
            raise

    env = environment(turning, mode=mode)
    run: Any = env.start(turning, instance_id="a")
    env.settle()
    env.cancel("a")
    env.settle()

    assert run.status is Status.CANCELLED
    assert [effect.input for effect in env.effects] == ["note", "x"]
