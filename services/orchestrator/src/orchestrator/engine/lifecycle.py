"""How the status of an instance changes: the whole state machine, as one table.

1. Only an event changes the status, and only as this table says; an event that a status does not list changes nothing.
2. `Unblocked` is not in the table: it gives back the status that `Blocked` interrupted.
"""

from __future__ import annotations

from durable.events import (
    Blocked,
    CompensationStarted,
    HistoryEvent,
    SagaCompensated,
    SagaCompensationFailed,
    SagaCompleted,
    SagaFailed,
    SagaRejected,
    SagaStarted,
    SagaTerminated,
    Unblocked,
)
from durable.status import Status

_OPEN = (Status.PENDING, Status.RUNNING, Status.COMPENSATING, Status.BLOCKED)

AFTER: dict[type[HistoryEvent], dict[Status, Status]] = {
    SagaStarted: {Status.PENDING: Status.RUNNING},
    SagaRejected: {Status.RUNNING: Status.REJECTED},
    SagaCompleted: {Status.RUNNING: Status.COMPLETED},
    SagaFailed: {Status.RUNNING: Status.FAILED},
    CompensationStarted: {Status.RUNNING: Status.COMPENSATING},
    SagaCompensated: {Status.COMPENSATING: Status.COMPENSATED},
    SagaCompensationFailed: {Status.COMPENSATING: Status.COMPENSATION_FAILED},
    SagaTerminated: dict.fromkeys(_OPEN, Status.TERMINATED),
    Blocked: dict.fromkeys(_OPEN, Status.BLOCKED),
}
ENDS = (SagaRejected, SagaCompleted, SagaFailed, SagaCompensated, SagaCompensationFailed, SagaTerminated)
TURNING_POINTS = frozenset({*AFTER, Unblocked})
