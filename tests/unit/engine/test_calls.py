from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, BaseModel

from durable import Activity, ActivityError, SagaContext, Status, saga
from durable.errors import PayloadTooLarge
from durable.events import (
    ActivityCompleted,
    ActivityFailed,
    ActivityScheduled,
    HistoryEvent,
    SagaCompleted,
    SagaStarted,
)
from durable.failure import Failure
from durable.payload import PAYLOAD_BYTES_MAX
from orchestrator.engine import Verdict
from tests.support.drive import NOON
from tests.support.tables import ADD, ELSEWHERE, begun, kinds, numbered, replayed


class Sum(BaseModel):
    terms: list[int]


SUM = Activity("math.sum", Sum, int)
ANY = Activity("math.any", object, object)


@saga("one-call")
async def one_call(ctx: SagaContext, number: int) -> int:
    return await ctx.call(ADD, number, label="first")


def test_a_call_is_scheduled_at_once_and_sent_as_a_command() -> None:
    _, turn = begun(one_call, 5)

    assert turn.events == numbered(
        SagaStarted(saga="one-call", version="1", input=5, message_id="start"),
        ActivityScheduled(task_id=1, name="math.add", label="first", input=5),
    )
    assert turn.outbox == (("lifecycle", 0), ("command", 1))
    assert (turn.status, turn.head_changed, turn.at) == (Status.RUNNING, True, NOON)


def test_a_result_is_the_value_of_the_await() -> None:
    instance, _ = begun(one_call, 5)

    turn = instance.turn([ActivityCompleted(task_id=1, output=6, worker="w", message_id="answer")], NOON)

    assert turn.events == numbered(
        ActivityCompleted(task_id=1, name="math.add", label="first", output=6, worker="w", message_id="answer"),
        SagaCompleted(output=6),
        first=3,
    )
    assert turn.outbox == (("lifecycle", 1),)
    assert (instance.status, instance.output, instance.event_count) == (Status.COMPLETED, 6, 4)


def test_the_input_of_a_call_is_written_as_json_data() -> None:
    @saga("sum")
    async def summing(ctx: SagaContext) -> int:
        return await ctx.call(SUM, Sum(terms=[1, 2]))

    _, turn = begun(summing)

    assert (
        turn.events[1] == numbered(ActivityScheduled(task_id=1, name="math.sum", input={"terms": [1, 2]}), first=2)[0]
    )


def test_a_failure_for_good_is_raised_at_the_await() -> None:
    seen: list[ActivityError] = []

    @saga("catching")
    async def catching(ctx: SagaContext) -> str:
        try:
            await ctx.call(ADD, 1)
        except ActivityError as error:
            seen.append(error)
        return "caught"

    instance, _ = begun(catching)
    turn = instance.turn([_failed(1, "payments.CardDeclined")], NOON)

    assert kinds(turn.events) == ["ActivityFailed", "SagaCompleted"]
    assert seen[0].matches("CardDeclined")
    assert seen[0].activity == "math.add"


def test_a_handle_can_be_awaited_any_number_of_times() -> None:
    @saga("twice")
    async def twice(ctx: SagaContext) -> int:
        handle = ctx.call(ADD, 1)
        assert not handle.done
        first = await handle
        assert handle.done
        return first + await handle

    instance, _ = begun(twice)
    instance.turn([ActivityCompleted(task_id=1, output=4)], NOON)

    assert instance.output == 8


@pytest.mark.parametrize(
    ("value", "error"),
    [(object(), TypeError), ("x" * PAYLOAD_BYTES_MAX, PayloadTooLarge)],
    ids=["no JSON", "too large"],
)
def test_an_input_that_cannot_be_sent_raises_at_the_call_and_schedules_nothing(
    value: Any, error: type[Exception]
) -> None:
    caught: list[Exception] = []

    @saga("bad-input")
    async def bad_input(ctx: SagaContext) -> int:
        try:
            ctx.call(ANY, value)
        except error as found:
            caught.append(found)
        return await ctx.call(ADD, 2)

    _, turn = begun(bad_input)

    assert kinds(turn.events) == ["SagaStarted", "ActivityScheduled"]
    assert len(caught) == 1
    assert replayed(bad_input, turn.events).mismatch is None


def test_a_type_that_cannot_be_written_as_json_raises_at_the_call() -> None:
    class Opaque:
        pass

    opaque = Activity("math.opaque", Opaque, int)

    @saga("opaque")
    async def call_opaque(ctx: SagaContext) -> int:
        return await ctx.call(opaque, Opaque())

    instance, turn = begun(call_opaque)

    assert kinds(turn.events) == ["SagaStarted", "SagaFailed"]
    assert instance.failure is not None
    assert instance.failure.type == "TypeError"
    assert "Opaque" in instance.failure.message


def test_a_result_that_does_not_fit_its_type_fails_the_call_and_stays_in_the_history() -> None:
    instance, _ = begun(one_call, 5)

    turn = instance.turn([ActivityCompleted(task_id=1, output="five")], NOON)

    assert kinds(turn.events) == ["ActivityCompleted", "SagaFailed"]
    assert instance.failure is not None
    assert instance.failure.cause is not None
    assert instance.failure.cause.type == "durable.ResultMismatch"
    assert not instance.failure.cause.retryable


def test_a_validator_that_breaks_on_a_result_fails_that_call_alone() -> None:
    def explode(_: object) -> object:
        raise KeyError("boom")

    touchy: Activity[int, Any] = Activity("math.touchy", int, Annotated[int, AfterValidator(explode)])

    @saga("touchy")
    async def call_touchy(ctx: SagaContext) -> int:
        return int(await ctx.call(touchy, 1))

    instance, _ = begun(call_touchy)
    instance.turn([ActivityCompleted(task_id=1, output=1)], NOON)

    assert instance.status is Status.FAILED
    assert instance.failure is not None
    assert "KeyError" in instance.failure.message


def test_a_call_to_a_worker_without_a_queue_fails_alone_and_sends_nothing() -> None:
    seen: list[str] = []

    @saga("elsewhere")
    async def elsewhere(ctx: SagaContext) -> int:
        lost, found = ctx.call(ELSEWHERE, 1), ctx.call(ADD, 2)
        try:
            await lost
        except ActivityError as error:
            seen.append(error.failure.type)
        return await found

    instance, turn = begun(elsewhere)

    assert seen == ["durable.UnknownDestination"]
    assert kinds(turn.events) == ["SagaStarted", "ActivityScheduled", "ActivityFailed", "ActivityScheduled"]
    assert turn.outbox == (("lifecycle", 0), ("command", 3))
    failed = turn.events[2]
    assert isinstance(failed, ActivityFailed)
    assert "'commands.nowhere'" in failed.failure.message
    assert not failed.failure.retryable
    assert not instance.is_open(1, 1)
    assert replayed(elsewhere, turn.events).mismatch is None


def test_a_call_without_a_queue_is_told_although_the_saga_has_not_waited_for_it() -> None:
    @saga("forgetful")
    async def forgetful(ctx: SagaContext) -> None:
        ctx.call(ELSEWHERE, 1)

    instance, turn = begun(forgetful)

    assert kinds(turn.events) == ["SagaStarted", "ActivityScheduled", "ActivityFailed", "SagaCompleted"]
    assert turn.outbox == (("lifecycle", 0), ("lifecycle", 3))
    assert instance.status is Status.COMPLETED


def test_a_call_that_nobody_waited_for_is_sent_though_the_saga_has_ended() -> None:
    @saga("fire-and-forget")
    async def fire_and_forget(ctx: SagaContext) -> None:
        ctx.call(ADD, 1)

    instance, turn = begun(fire_and_forget)

    assert turn.outbox == (("lifecycle", 0), ("command", 1), ("lifecycle", 2))
    assert instance.is_open(1, 1)
    assert instance.judge(ActivityCompleted(task_id=1)) is Verdict.STALE


def test_what_came_twice_stands_once_in_the_history() -> None:
    instance, _ = begun(one_call, 5)
    answer = ActivityCompleted(task_id=1, output=6)

    turn = instance.turn([answer, answer, _failed(1)], NOON)

    assert kinds(turn.events) == ["ActivityCompleted", "SagaCompleted"]


def test_a_turn_in_which_everything_is_stale_has_no_events() -> None:
    instance, _ = begun(one_call, 5)
    instance.turn([ActivityCompleted(task_id=1, output=6)], NOON)

    turn = instance.turn([ActivityCompleted(task_id=1, output=6)], NOON)

    assert (turn.events, turn.outbox, turn.head_changed) == ((), (), False)


def _failed(task_id: int, type_: str = "E") -> HistoryEvent:
    return ActivityFailed(task_id=task_id, failure=Failure(type_, "no"))
