"""`ctx.call`, its handle, and the errors that it raises."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from durable import (
    Activity,
    ActivityError,
    ActivityTimeout,
    Cancelled,
    Handle,
    NonRetryable,
    RetryPolicy,
    SagaContext,
    Timeouts,
    saga,
)
from durable.testing import Mode, SagaEnvironment

DOUBLE = Activity("work.double", int, int)
FAIL = Activity("work.fail", int, int)
SECOND = timedelta(seconds=1)


class CardDeclined(Exception):
    """What a handler raises."""


@saga("calling")
async def calling(ctx: SagaContext, n: int) -> list[Any]:
    handle = ctx.call(DOUBLE, n, label="twice")
    early = handle.done
    return [isinstance(handle, Handle), early, await handle, handle.done, await handle]


def test_a_call_is_scheduled_at_once_and_its_handle_awaited_any_number_of_times(mode: Mode) -> None:
    env = SagaEnvironment(sagas=[calling], handlers={DOUBLE: lambda n: 2 * n}, mode=mode, seed=7)
    run: Any = env.start(calling, 4, instance_id="a")
    env.settle()

    assert run.result == [True, False, 8, True, 8]
    assert [effect[:2] for effect in env.effects if effect.attempt == 1][:1] == [("work.double", 4)]
    assert [(e.kind, e.name, e.label, e.attempt) for e in run.history if e.kind == "ActivityScheduled"] == [
        ("ActivityScheduled", "work.double", "twice", 1)
    ]


@saga("never-awaiting")
async def never_awaiting(ctx: SagaContext) -> str:
    ctx.call(DOUBLE, 1)
    return "done"


def test_a_call_that_is_never_awaited_is_scheduled_all_the_same(mode: Mode) -> None:
    env = SagaEnvironment(sagas=[never_awaiting], handlers={DOUBLE: lambda n: 2 * n}, mode=mode)
    run: Any = env.start(never_awaiting)
    env.settle()

    assert run.result == "done"
    assert run.kinds["ActivityScheduled"] == 1


@saga("failing")
async def failing(ctx: SagaContext) -> dict[str, Any]:
    try:
        await ctx.call(FAIL, 1)
    except ActivityError as error:
        failure = error.failure
        return {
            "type": failure.type,
            "bases": list(failure.bases),
            "message": failure.message,
            "details": failure.details,
            "retryable": failure.retryable,
            "matches": [failure.matches("CardDeclined"), failure.matches("Exception"), failure.matches("KeyError")],
            "cause": failure.cause and failure.cause.type,
            "stack": bool(failure.stack),
        }
    return {}


def test_a_failure_has_its_qualified_type_and_matches_without_an_import(mode: Mode) -> None:
    def fail(_: int) -> int:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise CardDeclined("no money") from error

    env = SagaEnvironment(sagas=[failing], handlers={FAIL: fail}, mode=mode)
    run: Any = env.start(failing)
    env.settle()

    told = run.result
    assert told["type"].endswith(".CardDeclined")
    assert "." in told["type"]
    assert told["message"] == "no money"
    assert told["matches"] == [True, True, False]
    assert told["cause"].endswith("KeyError")
    assert told["stack"] is True
    assert told["retryable"] is True


def test_details_of_a_non_retryable_failure_reach_the_saga_as_data(mode: Mode) -> None:
    def fail(_: int) -> int:
        raise NonRetryable("gone", {"code": 7})

    env = SagaEnvironment(sagas=[failing], handlers={FAIL: fail}, mode=mode)
    run: Any = env.start(failing)
    env.settle()

    assert run.result["details"] == {"code": 7}
    assert run.result["retryable"] is False


def test_messages_are_cut_at_4_kb_and_stacks_at_16_kb(mode: Mode) -> None:
    @saga("sizes")
    async def sizes(ctx: SagaContext) -> list[int]:
        try:
            await ctx.call(FAIL, 1)
        except ActivityError as error:
            return [len(error.failure.message.encode()), len(error.failure.stack.encode())]
        return []

    def fail(_: int) -> int:
        raise ValueError("ü" * 100_000)

    env = SagaEnvironment(sagas=[sizes], handlers={FAIL: fail}, mode=mode)
    run: Any = env.start(sizes)
    env.settle()

    message, stack = run.result
    assert 3_000 < message <= 4_096
    assert stack <= 16_384


def test_a_result_that_does_not_fit_is_a_result_mismatch_and_not_retried(mode: Mode) -> None:
    @saga("mismatch")
    async def mismatch(ctx: SagaContext) -> list[Any]:
        try:
            await ctx.call(DOUBLE, 1, retry=RetryPolicy(max_attempts=5))
        except ActivityError as error:
            return [error.failure.type, type(error).__name__]
        return []

    env = SagaEnvironment(sagas=[mismatch], handlers={DOUBLE: lambda _: "no number"}, mode=mode)
    run: Any = env.start(mismatch)
    env.advance(timedelta(hours=1))

    assert run.result == ["durable.ResultMismatch", "ActivityError"]
    assert run.kinds["ActivityScheduled"] == 1


def test_an_input_that_does_not_serialise_is_a_type_error_and_nothing_is_scheduled(mode: Mode) -> None:
    @saga("unserialisable")
    async def unserialisable(ctx: SagaContext) -> list[str]:
        told = []
        for value in (object(), lambda: 1, float("nan"), "text"):
            try:
                ctx.call(DOUBLE, value)  # type: ignore[misc]  # That is the point.
            except TypeError as error:
                told.append(type(error).__name__)
        return told

    env = SagaEnvironment(sagas=[unserialisable], handlers={DOUBLE: lambda n: n}, mode=mode)
    run: Any = env.start(unserialisable)
    env.settle()

    assert run.result == ["TypeError"] * 4
    assert run.kinds["ActivityScheduled"] == 0


def test_cancelling_a_call_raises_at_once_and_its_late_outcome_is_ignored(mode: Mode) -> None:
    seen: list[bool] = []

    async def work(n: int, ctx: Any) -> int:
        await ctx.cancelled
        seen.append(ctx.cancelled.is_set() if hasattr(ctx.cancelled, "is_set") else bool(ctx.cancelled))
        return n

    @saga("cancelling")
    async def cancelling(ctx: SagaContext) -> list[Any]:
        handle = ctx.call(DOUBLE, 1)
        await ctx.sleep(5 * SECOND)
        handle.cancel()
        done = handle.done
        try:
            await handle
        except Cancelled:
            at = ctx.now
            await ctx.sleep(60 * SECOND)
            return [done, at == ctx.now]
        return []

    env = SagaEnvironment(sagas=[cancelling], handlers={DOUBLE: work}, mode=mode)
    run: Any = env.start(cancelling)
    env.advance(timedelta(minutes=10))

    assert run.result == [True, False]
    assert run.kinds["ActivityCancelRequested"] == 1
    assert seen
    assert set(seen) == {True}


def test_cancelled_in_the_turn_that_made_it_nothing_is_sent(mode: Mode) -> None:
    @saga("same-turn")
    async def same_turn(ctx: SagaContext) -> str:
        handle = ctx.call(DOUBLE, 1)
        handle.cancel()
        try:
            await handle
        except Cancelled:
            return "cancelled"
        return ""

    env = SagaEnvironment(sagas=[same_turn], handlers={DOUBLE: lambda n: n}, mode=mode)
    run: Any = env.start(same_turn)
    env.settle()

    assert run.result == "cancelled"
    assert env.effects == []


def test_the_four_timeouts_tell_their_kind(mode: Mode) -> None:
    @saga("timing-out")
    async def timing_out(ctx: SagaContext, which: str) -> str:
        try:
            await ctx.call(DOUBLE, 1, timeouts=Timeouts(**{which: timedelta(minutes=1)}))
        except ActivityTimeout as error:
            return error.kind
        return ""

    async def hang(n: int, ctx: Any) -> int:
        await ctx.shutting_down
        return n

    for which in ("start_to_close", "schedule_to_close", "heartbeat"):
        env = SagaEnvironment(sagas=[timing_out], handlers={DOUBLE: hang}, mode=mode)
        run: Any = env.start(timing_out, which)
        env.advance(timedelta(hours=1))
        assert run.result == which
