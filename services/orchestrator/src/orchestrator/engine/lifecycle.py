"""How the status of an instance changes: the whole state machine, as one table.

1. Only an event changes the status, and only as this table says; an event that a status does not list changes nothing.
2. `Suspended` and `Blocked` are not in the table: they stand over the status that the table knows, until `Resumed` and
   `Unblocked` take them away.
"""

from __future__ import annotations

from durable.events import (
    Blocked,
    CompensationStarted,
    ContinuedAsNew,
    HistoryEvent,
    Resumed,
    SagaCancelled,
    SagaCompensated,
    SagaCompensationFailed,
    SagaCompleted,
    SagaFailed,
    SagaRejected,
    SagaStarted,
    SagaTerminated,
    StatusSet,
    Suspended,
    TagsSet,
    Unblocked,
)
from durable.status import Status

_UNDOING = (Status.COMPENSATING, Status.COMPENSATION_FAILED)

AFTER: dict[type[HistoryEvent], dict[Status, Status]] = {
    SagaStarted: {Status.PENDING: Status.RUNNING},
    SagaRejected: {Status.RUNNING: Status.REJECTED},
    SagaCompleted: {Status.RUNNING: Status.COMPLETED},
    SagaFailed: {Status.RUNNING: Status.FAILED},
    SagaCancelled: dict.fromkeys((Status.RUNNING, *_UNDOING), Status.CANCELLED),
    CompensationStarted: {Status.RUNNING: Status.COMPENSATING},
    SagaCompensated: dict.fromkeys(_UNDOING, Status.COMPENSATED),
    SagaCompensationFailed: {Status.COMPENSATING: Status.COMPENSATION_FAILED},
    Resumed: {Status.COMPENSATION_FAILED: Status.COMPENSATING},
    SagaTerminated: dict.fromkeys((Status.PENDING, Status.RUNNING, Status.COMPENSATING), Status.TERMINATED),
}
ENDS = (
    SagaRejected,
    SagaCompleted,
    SagaFailed,
    SagaCancelled,
    SagaCompensated,
    SagaCompensationFailed,
    SagaTerminated,
)
HEAD_CHANGES = frozenset({*AFTER, Suspended, Blocked, Unblocked, StatusSet, TagsSet, ContinuedAsNew})
