"""The statuses of an instance, as its head and the management API show them."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where an instance stands."""

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

    @property
    def ended(self) -> bool:
        """Whether the instance takes nothing more."""
        return self in _ENDED


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
