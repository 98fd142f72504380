"""Messages between instances: starts and ends of children, what is asked of them, how they ended, raised events.

1. The run of a child follows from the start that its parent sent: what a parent asks of a child names it, so that it
   never meets another run under the same id.
2. The answer to a parent follows from how the child ended and from the parent's call alone: it may be sent again from
   the head of the child.
"""

from __future__ import annotations

from typing import Any

from durable.events import (
    ActivityCancelRequested,
    CancelRequested,
    ChildCompleted,
    ChildFailed,
    ChildStarted,
    EventReceived,
    EventSent,
    HistoryEvent,
    ParentTask,
    SagaCancelled,
    SagaCompensated,
    SagaCompensationFailed,
    SagaCompleted,
    SagaFailed,
    SagaRejected,
    SagaStarted,
    SagaTerminated,
    TaskEvent,
)
from durable.failure import CANCELLED, CHILD_FAILED, Failure, disagreement
from durable.ids import message_id, run_id, task_subject
from durable.messages import InstanceMessage
from durable.status import Status
from orchestrator.host.outbox.origin import Addressed, Origin

ENDS_AS: dict[type[HistoryEvent], Status] = {
    SagaCompleted: Status.COMPLETED,
    SagaFailed: Status.FAILED,
    SagaCompensated: Status.COMPENSATED,
    SagaCompensationFailed: Status.COMPENSATION_FAILED,
    SagaCancelled: Status.CANCELLED,
    SagaTerminated: Status.TERMINATED,
    SagaRejected: Status.REJECTED,
}


def child_of(origin: Origin, event: ChildStarted) -> Addressed:
    """Give the start of a child, delivered when it is due; nobody waits for a detached one."""
    identity = origin.identity
    parent = None
    if event.on_parent_end is None:
        parent = ParentTask(
            instance_id=identity.instance_id,
            run=identity.run,
            execution=identity.execution,
            task_id=event.task_id,
            attempt=event.attempt,
        )
    started = SagaStarted(
        saga=event.name,
        version=event.version,
        input=event.input,
        parent=parent,
        parent_id=identity.instance_id,
        root_id=origin.root_id,
        tags=event.tags,
    )
    id_ = _start_id(origin, event.instance_id, identity.execution, event)
    start = InstanceMessage(id_, event.instance_id, started, trace=origin.trace_of_step(event))
    return origin.to_other(start, event.due)


def cancel_of_child(origin: Origin, event: ActivityCancelRequested, child_id: str) -> Addressed:
    """Give the wish that a child end, or its end."""
    execution = origin.inherited.get(event.task_id, origin.identity.execution)
    run = run_id(_start_id(origin, child_id, execution, event))
    asked: HistoryEvent = CancelRequested(reason=event.reason)
    if event.terminates:
        asked = SagaTerminated(reason=event.reason, recursive=True)
    id_ = message_id(child_id, run, type(asked).__name__, _subject(origin, event.task_id), event.attempt)
    return origin.to_other(InstanceMessage(id_, child_id, asked, run, trace=origin.trace))


def event_of(origin: Origin, event: EventSent) -> Addressed:
    """Give the event that a saga raised to another instance."""
    raised = EventReceived(name=event.name, payload=event.payload)
    id_ = message_id(event.target, origin.identity.run, "EventReceived", _subject(origin, event.sequence))
    return origin.to_other(InstanceMessage(id_, event.target, raised, trace=origin.trace))


def outcome_of(
    origin: Origin, parent: ParentTask, status: Status, output: object = None, failure: Failure | None = None
) -> Addressed:
    """Give the answer to a parent: how its child ended."""
    if status is Status.COMPLETED:
        return _answer(origin, parent, ChildCompleted(**_task_of(origin, parent), output=output))
    told = f"child saga {origin.saga!r} ({origin.identity.instance_id!r}) ended {status.value}"
    if failure is None:
        cause = Failure(CANCELLED, told, retryable=False) if status is Status.CANCELLED else None
    else:
        cause = failure
        told = f"{told}: {failure.type}: {failure.message}"
    wrapped = disagreement(CHILD_FAILED, told)
    retryable = failure is None or failure.retryable
    failure = Failure(wrapped.type, wrapped.message, retryable=retryable, cause=cause)
    return _answer(origin, parent, ChildFailed(**_task_of(origin, parent), failure=failure, status=status.value))


def refusal_of(origin: Origin, parent: ParentTask, type_: str, told: str) -> Addressed:
    """Give the answer to a parent whose child was not started, and why."""
    failed = ChildFailed(**_task_of(origin, parent), failure=disagreement(type_, told))
    return _answer(origin, parent, failed)


def _answer(origin: Origin, parent: ParentTask, event: HistoryEvent) -> Addressed:
    subject = task_subject(parent.execution, parent.task_id)
    id_ = message_id(parent.instance_id, parent.run, type(event).__name__, subject, parent.attempt)
    return origin.to_other(
        InstanceMessage(id_, parent.instance_id, event, parent.run, parent.execution, None, origin.trace)
    )


def _task_of(origin: Origin, parent: ParentTask) -> dict[str, Any]:
    return {"task_id": parent.task_id, "name": origin.saga, "attempt": parent.attempt}


def _start_id(origin: Origin, child_id: str, execution: int, event: TaskEvent) -> str:
    subject = _subject(origin, event.task_id, execution)
    return message_id(child_id, origin.identity.run, "SagaStarted", subject, event.attempt)


def _subject(origin: Origin, number: int, execution: int | None = None) -> str:
    identity = origin.identity
    return f"{identity.instance_id}.{execution or identity.execution}.{number}"
