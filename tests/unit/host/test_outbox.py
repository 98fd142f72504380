from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from durable.events import (
    ActivityCancelRequested,
    ActivityFailed,
    ActivityScheduled,
    CancelRequested,
    ChildCompleted,
    ChildFailed,
    ChildStarted,
    ContinuedAsNew,
    EventReceived,
    EventSent,
    HistoryEvent,
    ParentTask,
    SagaCompensationFailed,
    SagaCompleted,
    SagaFailed,
    SagaStarted,
    SagaTerminated,
    StatusSet,
)
from durable.failure import ACTIVITY_TIMEOUT, DEADLINE_EXCEEDED, Failure
from durable.ids import message_id, partition_of, run_id
from durable.messages import INSTANCES, LIFECYCLE, Command, InstanceMessage, Message
from orchestrator.engine import Identity
from orchestrator.host.outbox import Origin, messages_of, open_messages_of

AT = datetime(2026, 11, 27, tzinfo=UTC)
LATER = AT + timedelta(minutes=5)
PARENT = ParentTask(instance_id="parent", run="r0", execution=2, task_id=7, attempt=3)
ORIGIN = Origin(Identity("a", "r1", 1), "split", "001", 4, "root", None, {})
CHILD = ChildStarted(task_id=5, name="page", instance_id="child", version="2", input={"n": 1}, tags={"x": 1})


def sent(kind: str, event: HistoryEvent, origin: Origin = ORIGIN) -> list[tuple[str, Message]]:
    return messages_of(origin, [event], [(kind, 0)])


def told(kind: str, event: HistoryEvent, origin: Origin = ORIGIN) -> list[InstanceMessage]:
    return [InstanceMessage.from_body(message.body, {}) for _, message in sent(kind, event, origin)]


def again(kind: str, event: HistoryEvent, *, is_open: bool) -> Sequence[tuple[str, Message]]:
    return open_messages_of(ORIGIN, [event], [(kind, 0)], lambda _task, _attempt: is_open)


def test_a_command_carries_the_times_of_its_attempt() -> None:
    event = ActivityScheduled(
        task_id=3, name="steps.x", start_by=AT, deadline=LATER, start_to_close=5.0, heartbeat=2.0, once=True
    )
    ((queue, message),) = sent("command", event)
    command = Command.from_message(message.body, message.properties)

    assert queue == "commands.steps"
    assert (command.start_by, command.deadline) == (AT, LATER)
    assert (command.start_to_close, command.heartbeat, command.once) == (5.0, 2.0, True)


def test_the_start_of_a_child_goes_to_its_partition_and_names_the_call_that_waits() -> None:
    ((queue, message),) = sent("child", replace(CHILD, due=LATER))
    start = InstanceMessage.from_body(message.body, {})

    assert (queue, message.session, message.due) == (INSTANCES, partition_of("child", 4), LATER)
    assert start.id == message_id("child", "r1", "SagaStarted", "a.1.5", 1)
    assert isinstance(start.event, SagaStarted)
    assert start.event.parent == ParentTask(instance_id="a", run="r1", execution=1, task_id=5)
    assert (start.event.parent_id, start.event.root_id) == ("a", "root")
    assert (start.event.saga, start.event.version, start.event.tags) == ("page", "2", {"x": 1})


def test_nobody_waits_for_a_detached_child() -> None:
    (start,) = told("child", replace(CHILD, on_parent_end="abandon"))

    assert isinstance(start.event, SagaStarted)
    assert start.event.parent is None
    assert start.event.parent_id == "a"


@pytest.mark.parametrize("expected", [CancelRequested(reason="why"), SagaTerminated(reason="why", recursive=True)])
def test_what_is_asked_of_a_child_names_the_run_that_its_start_led_to(expected: HistoryEvent) -> None:
    terminates = isinstance(expected, SagaTerminated)
    (start,) = told("child", CHILD)
    (asked,) = told(
        "cancel", ActivityCancelRequested(task_id=5, instance_id="child", terminates=terminates, reason="why")
    )

    assert replace(asked.event, message_id=None) == expected
    assert (asked.run, asked.execution) == (run_id(start.id), 0)


def test_the_cancel_of_an_activity_is_no_message_of_the_outbox() -> None:
    assert sent("cancel", ActivityCancelRequested(task_id=5)) == []


def test_an_event_to_another_instance_has_an_id_of_its_own_each_time() -> None:
    (first,) = told("event", EventSent(name="ready", target="b", payload=1, sequence=4))
    (second,) = told("event", EventSent(name="ready", target="b", payload=1, sequence=5))

    assert first.event == EventReceived(name="ready", payload=1, message_id=first.id)
    assert first.run == ""
    assert first.id != second.id


def test_a_parent_is_told_the_result_of_its_child() -> None:
    (answer,) = told("outcome", SagaCompleted(output=5), replace(ORIGIN, parent=PARENT))

    assert (answer.instance_id, answer.run, answer.execution) == ("parent", "r0", 2)
    assert answer.event == ChildCompleted(task_id=7, name="split", attempt=3, output=5, message_id=answer.id)


@pytest.mark.parametrize(
    ("end", "status", "cause"),
    [
        (SagaFailed(failure=Failure("x.Odd", "odd")), "Failed", "x.Odd"),
        (SagaCompensationFailed(failure=Failure("x.Odd", "odd")), "CompensationFailed", "x.Odd"),
        (SagaTerminated(reason="enough"), "Terminated", None),
    ],
)
def test_a_parent_is_told_how_else_its_child_ended(end: HistoryEvent, status: str, cause: str | None) -> None:
    (answer,) = told("outcome", end, replace(ORIGIN, parent=PARENT))

    assert isinstance(answer.event, ChildFailed)
    assert answer.event.status == status
    assert answer.event.failure.type == "durable.ChildSagaError"
    assert (answer.event.failure.cause.type if answer.event.failure.cause else None) == cause


def test_an_instance_without_a_parent_answers_nobody() -> None:
    assert sent("outcome", SagaCompleted(output=5)) == []


def test_the_time_outs_of_an_attempt_are_answers_to_oneself_when_they_are_due() -> None:
    event = ActivityScheduled(task_id=3, name="steps.x", attempt=2, start_by=AT, deadline=LATER)
    messages = [message for _, message in sent("timeout", event)]
    answers = [InstanceMessage.from_body(message.body, {}).event for message in messages]

    assert [message.due for message in messages] == [AT, LATER]
    assert [message.session for message in messages] == ["001", "001"]
    assert all(isinstance(answer, ActivityFailed) and answer.failure.type == ACTIVITY_TIMEOUT for answer in answers)
    assert [getattr(answer, "attempt", None) for answer in answers] == [2, 0]
    assert [answer.failure.details for answer in answers if isinstance(answer, ActivityFailed)] == [
        {"kind": "schedule_to_start"},
        {"kind": "schedule_to_close"},
    ]


def test_the_time_out_of_a_child_is_of_all_its_attempts() -> None:
    (answer,) = told("timeout", replace(CHILD, deadline=LATER))

    assert isinstance(answer.event, ChildFailed)
    assert (answer.event.attempt, answer.event.failure.type) == (0, DEADLINE_EXCEEDED)


def test_a_status_that_somebody_must_hear_of_is_a_lifecycle_event() -> None:
    event = StatusSet(value={"waits": "approval"}, announces="saga.approval-requested", at=AT, sequence=9)
    ((topic, message),) = sent("lifecycle", event)
    body = orjson.loads(message.body)

    assert topic == LIFECYCLE
    assert body["type"] == "saga.approval-requested"
    assert body["data"]["status"] == {"waits": "approval"}


def test_each_end_of_an_execution_is_a_lifecycle_event_of_its_own() -> None:
    ids = {sent("lifecycle", ContinuedAsNew(sequence=sequence))[0][1].id for sequence in (3, 4)}

    assert len(ids) == 2


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("child", CHILD),
        ("timeout", replace(CHILD, deadline=LATER)),
        ("timeout", ActivityScheduled(task_id=3, deadline=LATER)),
    ],
)
def test_what_concerns_a_task_is_sent_again_while_it_is_open(kind: str, event: HistoryEvent) -> None:
    assert again(kind, event, is_open=True) == sent(kind, event)
    assert again(kind, event, is_open=False) == []


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("child", replace(CHILD, on_parent_end="abandon")),
        ("event", EventSent(name="ready", target="b")),
        ("cancel", ActivityCancelRequested(task_id=5, instance_id="child")),
        ("lifecycle", SagaCompleted()),
    ],
)
def test_what_tells_others_is_sent_again_in_any_case(kind: str, event: HistoryEvent) -> None:
    assert again(kind, event, is_open=False) == sent(kind, event) != []
