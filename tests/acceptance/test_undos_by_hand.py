"""What an operator does with undos that failed for good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from durable import Activity, RetryPolicy, SagaContext, saga
from durable.errors import InvalidState
from durable.testing import Mode, SagaEnvironment

UNDO = Activity("work.undo", str, type(None))
HOUR = timedelta(hours=1)


def environment(*sagas: Any, mode: Mode, undo: Any) -> SagaEnvironment:
    return SagaEnvironment(sagas=sagas, handlers={UNDO: undo}, mode=mode, seed=7)


def undone(env: SagaEnvironment) -> list[str]:
    return [effect.input for effect in env.effects]


@saga("half")
async def half(ctx: SagaContext) -> None:
    ctx.compensate(UNDO, "good")
    ctx.compensate(UNDO, "broken 1", retry=RetryPolicy(max_attempts=1))
    ctx.compensate(UNDO, "broken 2", retry=RetryPolicy(max_attempts=1))
    raise RuntimeError("why")


def test_an_undo_that_fails_does_not_stop_the_others_and_the_operator_retries(mode: Mode) -> None:
    broken = [True]

    def undo(what: str) -> None:
        if "broken" in what and broken[0]:
            raise OSError(what)

    env = environment(half, mode=mode, undo=undo)
    run: Any = env.start(half, instance_id="a")
    env.advance(HOUR)

    assert run.status == "CompensationFailed"
    [end] = [e for e in run.history if e.kind == "SagaCompensationFailed"]
    assert len(end.not_undone) == 2
    assert set(undone(env)) == {"broken 2", "broken 1", "good"}
    assert run.failure.matches("RuntimeError")
    broken[0] = False
    env.retry("a")
    env.advance(HOUR)
    assert run.status == "Compensated"
    assert set(undone(env)[-2:]) == {"broken 1", "broken 2"}


def test_skip_settles_an_undo_by_hand(mode: Mode) -> None:
    def undo(what: str) -> None:
        if "broken" in what:
            raise OSError(what)

    env = environment(half, mode=mode, undo=undo)
    run: Any = env.start(half, instance_id="a")
    env.advance(HOUR)
    [end] = [e for e in run.history if e.kind == "SagaCompensationFailed"]
    one, two = end.not_undone
    env.skip("a", one, reason="by phone")
    env.settle()
    assert run.status == "CompensationFailed"
    env.skip("a", two, "by mail")
    env.settle()

    assert run.status == "Compensated"
    skipped = [(e.task_id, e.reason) for e in run.history if e.kind == "CompensationSkipped"]
    assert skipped == [(one, "by phone"), (two, "by mail")]
    with pytest.raises(InvalidState):
        env.retry("a")


def test_after_a_cancel_failed_undos_end_compensation_failed_and_repaired_cancelled(mode: Mode) -> None:
    @saga("cancel-half")
    async def cancel_half(ctx: SagaContext) -> None:
        ctx.compensate(UNDO, "broken", retry=RetryPolicy(max_attempts=1))
        await ctx.wait_for_event("never", str)

    broken = [True]

    def undo(_: str) -> None:
        if broken[0]:
            raise OSError

    env = environment(cancel_half, mode=mode, undo=undo)
    run: Any = env.start(cancel_half, instance_id="a")
    env.settle()
    env.cancel("a")
    env.advance(HOUR)
    assert run.status == "CompensationFailed"
    broken[0] = False
    env.retry("a")
    env.advance(HOUR)
    assert run.status in {"Cancelled", "Compensated"}
