"""What a saga sees at an await."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from durable.errors.root import DurableError
from durable.failure import Failure

if TYPE_CHECKING:
    from durable.results import MapResult


class SagaError(DurableError):
    """What a saga sees at an await."""


class ActivityError(SagaError):
    """An activity failed for good: no attempt is left, or its failure allows none."""

    def __init__(self, failure: Failure, activity: str) -> None:
        self.failure = failure
        self.activity = activity
        super().__init__(f"activity {activity!r} failed: {failure.type}: {failure.message}")

    def matches(self, name: str) -> bool:
        """Tell whether the failure is of the named type or a subclass; see `Failure.matches`."""
        return self.failure.matches(name)


class ActivityTimeout(ActivityError):
    """An activity took too long.

    `kind` is `schedule_to_start`, `start_to_close`, `schedule_to_close` or `heartbeat`.
    """

    @property
    def kind(self) -> str:
        """Which of the four time-outs it was."""
        details = self.failure.details
        return str(details.get("kind", "")) if isinstance(details, dict) else ""


class OutcomeUnknown(ActivityError):
    """An activity declared `on_redelivery="fail"` was delivered again: an earlier run may have had its effect."""


class ChildSagaError(SagaError):
    """A child saga ended other than Completed; `failure.cause` is what it ended with.

    Attributes:
        failure: what happened, as data.
        saga: the child's saga.
        instance_id: the child.
        status: how the child ended.
    """

    def __init__(self, failure: Failure, saga: str, instance_id: str, status: str) -> None:
        self.failure = failure
        self.saga = saga
        self.instance_id = instance_id
        self.status = status
        super().__init__(failure.message)

    def matches(self, name: str) -> bool:
        """Tell whether the child ended with a failure of the named type or a subclass; see `Failure.matches`."""
        cause = self.failure.cause
        return self.failure.matches(name) or (cause is not None and cause.matches(name))


class DeadlineExceeded(SagaError):
    """A time span is over: of `ctx.timeout`, `ctx.until`, `ctx.poll`, of a child's call or of the whole instance."""


class EventTimeout(SagaError):
    """An awaited event did not come in time."""

    def __init__(self, name: str, timeout: timedelta) -> None:
        self.name = name
        self.timeout = timeout
        super().__init__(f"no event {name!r} came within {timeout}")


class EventInvalid(SagaError):
    """An awaited event came with a payload that does not fit; it is taken. `reasons` are (location, message)."""

    def __init__(self, name: str, reasons: Sequence[tuple[str, str]]) -> None:
        self.name = name
        self.reasons = tuple(reasons)
        told = "; ".join(f"{where}: {what}" for where, what in self.reasons)
        super().__init__(f"the payload of event {name!r} does not fit its type: {told}")


class MapFailed(SagaError):
    """A map did not reach what it was asked for; `result` holds what it did reach."""

    def __init__(self, message: str, result: MapResult[object]) -> None:
        self.result = result
        super().__init__(message)


class Cancelled(SagaError):
    """The instance, or the awaited handle, was cancelled."""

    def __init__(self, reason: str = "") -> None:
        self.reason = reason
        super().__init__(reason or "cancelled")
