from typing import Any

import pytest
from pydantic import BaseModel

from durable import SagaContext, Status, saga
from durable.events import ActivityCompleted, ActivityFailed, EventReceived, SagaRejected, SagaStarted, SagaTerminated
from durable.failure import Failure
from durable.payload import PAYLOAD_BYTES_MAX
from orchestrator.engine import Identity, Instance, Verdict
from tests.support.drive import IDENTITY, NOON
from tests.support.tables import ADD, UNDO_ADD, begun, kinds, numbered, replayed, setup_of


class Order(BaseModel):
    number: int


@saga("order", version="2")
async def order(ctx: SagaContext, request: Order) -> int:
    return await ctx.call(ADD, request.number)


@saga("order", version="10")
async def newer_order(ctx: SagaContext, request: Order) -> int:
    return await ctx.call(ADD, request.number, label="new")


def test_a_saga_that_returns_is_completed() -> None:
    @saga("quick")
    async def quick(ctx: SagaContext) -> dict[str, int]:
        return {"a": 1}

    instance, turn = begun(quick)

    assert kinds(turn.events) == ["SagaStarted", "SagaCompleted"]
    assert turn.outbox == (("lifecycle", 0), ("lifecycle", 1))
    assert (instance.status, instance.output, instance.saga, instance.version) == (
        Status.COMPLETED,
        {"a": 1},
        "quick",
        "1",
    )


def test_a_saga_that_raises_with_nothing_to_undo_has_failed() -> None:
    @saga("raising")
    async def raising(ctx: SagaContext) -> None:
        try:
            raise LookupError("inner")
        except LookupError as error:
            raise ValueError("outer") from error

    instance, turn = begun(raising)

    assert kinds(turn.events) == ["SagaStarted", "SagaFailed"]
    assert instance.failure is not None
    assert (instance.failure.type, instance.failure.message) == ("ValueError", "outer")
    assert instance.failure.cause is not None
    assert instance.failure.cause.message == "inner"


def test_the_failure_of_an_activity_is_the_cause_of_the_failure_of_its_saga() -> None:
    instance, _ = begun(order, {"number": 1})

    instance.turn([ActivityFailed(task_id=1, failure=Failure("pay.Declined", "no", details={"code": 5}))], NOON)

    assert instance.failure is not None
    assert instance.failure.type == "durable.errors.ActivityError"
    assert instance.failure.cause == Failure("pay.Declined", "no", details={"code": 5})


@pytest.mark.parametrize("value", ["text", "x" * PAYLOAD_BYTES_MAX], ids=["of another type", "too large"])
def test_a_result_that_cannot_be_written_down_is_a_failure(value: Any) -> None:
    @saga("odd")
    async def odd(ctx: SagaContext) -> int:
        return value  # type: ignore[no-any-return]

    @saga("large")
    async def large(ctx: SagaContext) -> str:
        return value  # type: ignore[no-any-return]

    instance, turn = begun(odd if value == "text" else large)

    assert kinds(turn.events) == ["SagaStarted", "SagaFailed"]
    assert instance.failure is not None
    assert "expected" in instance.failure.message


def test_a_result_that_cannot_be_written_down_is_undone() -> None:
    @saga("undone")
    async def undone(ctx: SagaContext) -> int:
        ctx.compensate(UNDO_ADD, 1)
        return "text"  # type: ignore[return-value]

    instance, _ = begun(undone)

    assert instance.status is Status.COMPENSATING


def test_an_exception_that_is_no_error_ends_its_saga_and_nothing_else() -> None:
    @saga("exiting")
    async def exiting(ctx: SagaContext) -> None:
        raise SystemExit(3)

    instance, _ = begun(exiting)

    assert instance.failure is not None
    assert instance.failure.type == "SystemExit"


def test_an_input_that_does_not_validate_is_rejected_with_each_reason_and_no_code_runs() -> None:
    instance, turn = begun(order, {"number": "many"})

    assert turn.events[1:] == numbered(
        SagaRejected(reasons=(("number", "Input should be a valid integer, unable to parse string as an integer"),)),
        first=2,
    )
    assert turn.outbox == (("lifecycle", 0), ("lifecycle", 1))
    assert instance.status is Status.REJECTED
    assert instance.reasons[0][0] == "number"


@pytest.mark.parametrize(
    ("started", "reason"),
    [
        (SagaStarted(saga="unknown"), "no saga 'unknown'; there is code for: order"),
        (SagaStarted(saga="order", version="3"), "no code for version '3' of saga 'order'"),
    ],
    ids=["saga", "version"],
)
def test_a_start_of_what_there_is_no_code_for_is_rejected(started: SagaStarted, reason: str) -> None:
    instance = Instance.new(IDENTITY, setup_of(order))

    turn = instance.turn([started], NOON)

    assert kinds(turn.events) == ["SagaStarted", "SagaRejected"]
    assert instance.reasons == (("saga", reason),)
    again = replayed(order, turn.events)
    assert (again.status, again.mismatch, again.pending) == (Status.REJECTED, None, False)


def test_a_rejected_start_stays_rejected_when_there_is_code_for_it() -> None:
    turn = Instance.new(IDENTITY, setup_of()).turn([SagaStarted(saga="order", input={"number": 1})], NOON)

    again = replayed(order, turn.events)

    assert (again.status, again.mismatch) == (Status.REJECTED, None)


def test_a_start_without_a_version_takes_the_newest_and_stays_on_it() -> None:
    both = setup_of(order, newer_order)

    turn = Instance.new(IDENTITY, both).turn([SagaStarted(saga="order", input={"number": 1})], NOON)

    started = turn.events[0]
    assert isinstance(started, SagaStarted)
    assert started.version == "10"
    assert Instance.replay(IDENTITY, both, turn.events).version == "10"


def test_an_instance_is_started_once() -> None:
    instance, _ = begun(order, {"number": 1})

    assert instance.judge(SagaStarted(saga="order")) is Verdict.STALE


def test_a_terminated_instance_ends_at_once_and_undoes_nothing() -> None:
    @saga("long")
    async def long(ctx: SagaContext) -> None:
        ctx.compensate(UNDO_ADD, 1)
        await ctx.call(ADD, 1)

    instance, _ = begun(long)
    turn = instance.turn([SagaTerminated(reason="enough"), ActivityCompleted(task_id=2, output=1)], NOON)

    assert kinds(turn.events) == ["SagaTerminated"]
    assert turn.outbox == (("lifecycle", 0),)
    assert (turn.status, turn.head_changed) == (Status.TERMINATED, True)
    assert not instance.is_open(2, 1)
    assert instance.judge(SagaTerminated()) is Verdict.STALE


def test_an_instance_can_be_terminated_before_it_has_started() -> None:
    instance = Instance.new(IDENTITY, setup_of(order))

    turn = instance.turn([SagaTerminated()], NOON)

    assert turn.status is Status.TERMINATED
    assert instance.judge(SagaStarted(saga="order")) is Verdict.STALE


def test_what_was_scheduled_in_the_turn_of_the_termination_is_not_sent() -> None:
    instance = Instance.new(IDENTITY, setup_of(order))

    turn = instance.turn([SagaStarted(saga="order", version="2", input={"number": 1}), SagaTerminated()], NOON)

    assert turn.outbox == (("lifecycle", 0), ("lifecycle", 2))


def test_a_new_instance_is_pending_and_knows_nothing() -> None:
    instance = Instance.new(Identity("b", "run", 1), setup_of(order))

    assert instance.status is Status.PENDING
    assert (instance.saga, instance.version, instance.input) == ("", "", None)
    assert (instance.output, instance.failure, instance.reasons) == (None, None, ())
    assert (instance.event_count, instance.unread_events, instance.pending) == (0, 0, False)
    assert instance.judge(EventReceived(name="e")) is Verdict.AHEAD


def test_the_input_is_kept_as_it_came() -> None:
    instance, _ = begun(order, {"number": 1, "extra": True})

    assert instance.input == {"number": 1, "extra": True}
