"""What an instance answers its parent when it ends: derived from the event that ended it."""

from __future__ import annotations

from durable.events import (
    ChildCompleted,
    ChildFailed,
    HistoryEvent,
    ParentTask,
    SagaCancelled,
    SagaCompensated,
    SagaCompensationFailed,
    SagaCompleted,
    SagaFailed,
    SagaRejected,
    SagaTerminated,
)
from durable.failure import CANCELLED, CHILD_FAILED, Failure
from durable.status import Status

_STATUSES: dict[type[HistoryEvent], Status] = {
    SagaFailed: Status.FAILED,
    SagaCompensated: Status.COMPENSATED,
    SagaCompensationFailed: Status.COMPENSATION_FAILED,
    SagaCancelled: Status.CANCELLED,
    SagaTerminated: Status.TERMINATED,
    SagaRejected: Status.REJECTED,
}
_WORTH_ANOTHER = frozenset({Status.FAILED, Status.COMPENSATED})


def outcome_of(parent: ParentTask, saga: str, instance_id: str, end: HistoryEvent) -> ChildCompleted | ChildFailed:
    """Give the event that tells a parent how its child ended; its `cause` is what the child ended with."""
    if isinstance(end, SagaCompleted):
        return ChildCompleted(task_id=parent.task_id, name=saga, attempt=parent.attempt, output=end.output)
    status = _STATUSES[type(end)]
    cause = _cause(end)
    why = f": {cause.type}: {cause.message}" if cause else ""
    failure = Failure(
        type=CHILD_FAILED,
        message=f"child {instance_id!r} of saga {saga!r} ended {status.value}{why}",
        retryable=status in _WORTH_ANOTHER and (cause is None or cause.retryable),
        cause=cause,
    )
    return ChildFailed(task_id=parent.task_id, name=saga, attempt=parent.attempt, failure=failure, status=status.value)


def _cause(end: HistoryEvent) -> Failure | None:
    failure: Failure | None = getattr(end, "failure", None)
    if failure is not None:
        return failure
    if isinstance(end, SagaRejected):
        told = "; ".join(f"{where}: {what}" for where, what in end.reasons)
        details = [{"loc": where, "msg": what} for where, what in end.reasons]
        return Failure(type="durable.InvalidInput", message=told, details=details, retryable=False)
    reason: str = getattr(end, "reason", "")
    kind = CANCELLED if isinstance(end, SagaCancelled) else "durable.Terminated"
    return Failure(type=kind, message=reason, retryable=False)
