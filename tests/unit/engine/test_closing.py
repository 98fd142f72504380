import gc
import sys

import pytest

from durable import SagaContext, Status, saga
from durable.events import SagaStarted, SagaTerminated
from orchestrator.engine import Instance
from tests.support.drive import IDENTITY, NOON
from tests.support.tables import ADD, UNDO_ADD, begun, kinds, replayed, setup_of

left: list[str] = []


@saga("tidy")
async def tidy(ctx: SagaContext) -> None:
    call, timer = ctx.call(ADD, 1), ctx.sleep(NOON)
    try:
        await call
    finally:
        left.append("finally")
        ctx.compensate(UNDO_ADD, 1)
        ctx.call(ADD, 2)
        call.cancel()
        left.append("done" if call.done else "open")
        ctx.map(ADD, [1])
        ctx.wait_for_event("e", int).cancel()
        timer.cancel()
        await ctx.sleep(NOON)
        left.append("never")


@saga("stubborn")
async def stubborn(ctx: SagaContext) -> None:
    while True:
        try:
            await ctx.gather(ctx.call(ADD, 1), ctx.wait_for_event("e", int))
        except BaseException:
            left.append("swallowed")


@saga("raising")
async def raising(ctx: SagaContext) -> None:
    try:
        await ctx.map(ADD, [1])
    finally:
        raise LookupError("on the way out")


def test_the_finally_blocks_of_dropped_code_can_do_nothing() -> None:
    left.clear()
    instance, _ = begun(tidy)
    count = instance.event_count

    instance.close()

    assert left == ["finally", "open"]
    assert instance.event_count == count
    assert instance.status is Status.RUNNING


def test_closing_may_be_repeated() -> None:
    left.clear()
    instance, _ = begun(tidy)

    instance.close()
    instance.close()

    assert left == ["finally", "open"]


def test_code_that_refuses_to_be_dropped_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    left.clear()
    instance, _ = begun(stubborn)

    instance.close()

    assert "swallowed" in left
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    del instance
    gc.collect()


def test_code_that_raises_while_it_is_dropped_raises_nothing_out() -> None:
    instance: Instance = begun(raising)[0]

    instance.close()

    assert instance.status is Status.RUNNING


def test_termination_drops_the_code_without_letting_it_decide() -> None:
    left.clear()
    instance, _ = begun(tidy)

    turn = instance.turn([SagaTerminated()], NOON)

    assert kinds(turn.events) == ["SagaTerminated"]
    assert left == ["finally", "open"]


def test_an_interrupt_from_the_keyboard_is_never_taken_for_the_failure_of_a_saga() -> None:
    @saga("interrupted")
    async def interrupted(ctx: SagaContext) -> None:
        raise KeyboardInterrupt

    @saga("interrupted-late")
    async def interrupted_late(ctx: SagaContext) -> None:
        try:
            await ctx.sleep(NOON)
        finally:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begun(interrupted)
    instance, _ = begun(interrupted_late)
    with pytest.raises(KeyboardInterrupt):
        instance.close()


def test_an_event_given_at_the_start_is_recorded_though_the_saga_has_ended_by_then() -> None:
    @saga("at-once")
    async def at_once(ctx: SagaContext) -> int:
        return 1

    instance = Instance.new(IDENTITY, setup_of(at_once))
    turn = instance.turn([SagaStarted(saga="at-once", event=("note", 7), message_id="start")], NOON)

    assert kinds(turn.events) == ["SagaStarted", "SagaCompleted", "EventReceived"]
    assert instance.unread_events == 1
    assert replayed(at_once, turn.events).mismatch is None
