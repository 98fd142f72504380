"""The statuses of an instance, as its head and the management API show them."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where an instance stands.

    Attributes:
        ended: whether the instance takes nothing more.
    """

    PENDING = "Pending"
    RUNNING = "Running"
    SUSPENDED = "Suspended"
    COMPENSATING = "Compensating"
    BLOCKED = "Blocked"
    COMPLETED = "Completed"
    FAILED = "Failed"
    COMPENSATED = "Compensated"
    COMPENSATION_FAILED = "CompensationFailed"
    CANCELLED = "Cancelled"
    TERMINATED = "Terminated"
    REJECTED = "Rejected"

    ended: bool


_ENDED = frozenset(
    {
        Status.COMPLETED,
        Status.FAILED,
        Status.COMPENSATED,
        Status.COMPENSATION_FAILED,
        Status.CANCELLED,
        Status.TERMINATED,
        Status.REJECTED,
    }
)
# Asked several times in each turn: an attribute of each status costs a tenth of looking it up.
for _status in Status:
    _status.ended = _status in _ENDED
