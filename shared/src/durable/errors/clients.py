"""What `SagaClient` raises."""

from __future__ import annotations

from collections.abc import Sequence

from durable.errors.root import DurableError
from durable.failure import Failure


class ClientError(DurableError):
    """What `SagaClient` raises."""


class NotAllowed(ClientError):
    """The service takes no token of this caller, or the caller lacks a role."""


class AlreadyExists(ClientError):
    """An instance of this id exists."""


class NotFound(ClientError):
    """There is no such instance or saga."""


class AlreadyEnded(ClientError):
    """The instance has ended: it takes nothing more."""


class InvalidState(ClientError):
    """The instance is in no state for what was asked."""


class InvalidInput(ClientError):
    """The service refused what was sent; `reasons` lists each fault as (location, message)."""

    def __init__(self, message: str, reasons: Sequence[tuple[str, str]] = ()) -> None:
        self.message = message
        self.reasons = tuple(reasons)
        lines = "".join(f"\n  {where}: {what}" for where, what in self.reasons)
        super().__init__(message + lines)


class ServiceUnavailable(ClientError):
    """The service did not answer within the client's patience; what was asked may or may not have happened."""


class SagaFailedError(ClientError):
    """The awaited instance ended other than Completed."""

    def __init__(self, instance_id: str, status: str, failure: Failure | None) -> None:
        self.instance_id = instance_id
        self.status = status
        self.failure = failure
        why = f": {failure.type}: {failure.message}" if failure else ""
        super().__init__(f"instance {instance_id!r} ended {status}{why}")


class ResultTimeout(ClientError):
    """The instance had not ended when the caller's patience had."""
