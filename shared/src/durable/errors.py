"""Every exception of DurableOrchestrator, split by who must act.

DurableError
├── AuthorError               the code of a saga or a handler is wrong: its author acts
│   ├── NotDurable            a saga awaited something that leaves no trace in its history
│   ├── DeterminismMismatch   the code of a saga no longer fits its history
│   └── InvalidName           an instance id, saga, activity or object name is not legal
├── SagaError                 what a saga sees at an await; it may catch it and go on
│   ├── ActivityError         an activity failed for good
│   ├── EventTimeout          an awaited event did not come in time
│   ├── EventInvalid          an awaited event came with a payload that does not fit its type
│   ├── MapFailed             a map did not reach what it was asked for
│   └── Cancelled             the instance or one handle was cancelled
├── HandlerError              what a handler raises to say how its failure is to be treated
│   ├── NonRetryable
│   └── RetryAfter
├── TransientError            the outside is unwell: the caller tries again
│   ├── BrokerUnavailable     a send may or may not have happened
│   ├── LockLost              a message or session belongs to somebody else by now
│   ├── SessionTaken          another receiver holds the session
│   └── WriteUncertain        a write may or may not have happened: repeat it unchanged
├── RefusedError              definite and final: nothing happened, trying again won't help
│   ├── UnknownDestination    the topology has no such queue or topic
│   ├── MessageTooLarge
│   ├── PayloadTooLarge
│   ├── WriteRefused          the store refused one operation and so the whole batch
│   ├── ObjectNotFound
│   └── SettingsInvalid       the environment of a service does not describe one
├── UndecodableMessage        bytes that are no message of ours: dead-letter them
└── ClientError               what `SagaClient` raises
    ├── AlreadyExists · NotFound · AlreadyEnded · InvalidState · InvalidInput
    ├── ServiceUnavailable    the service did not answer, however often it was asked
    ├── SagaFailedError       the awaited instance ended other than Completed
    └── ResultTimeout
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

from durable.failure import Failure

if TYPE_CHECKING:
    from durable.results import MapResult


class DurableError(Exception):
    """The root: whatever this system raises on purpose."""


class AuthorError(DurableError):
    """The code of a saga or a handler is wrong."""


class NotDurable(AuthorError):
    """A saga awaited something that is not durable; the message names it and the remedy."""


class InvalidName(AuthorError, ValueError):
    """A name breaks the rules of its kind; the message says the rule and what was found."""


class DeterminismMismatch(AuthorError):
    """The code of a saga decided something else than its history says.

    Attributes:
        expected: the decision that stands in the history, or that none stands there.
        found: the decision that the code took, or that it took none.
        instance_id: whose history it is.
        task_id: the task of the decision, if it has one.
        location: `file:line` of the saga where the code decided, if known.
    """

    def __init__(self, expected: str, found: str, instance_id: str, task_id: int | None, location: str | None) -> None:
        self.expected = expected
        self.found = found
        self.instance_id = instance_id
        self.task_id = task_id
        self.location = location
        where = f" at {location}" if location else ""
        task = f", task {task_id}" if task_id is not None else ""
        super().__init__(
            f"the code of instance {instance_id!r} no longer fits its history{task}: "
            f"the history has {expected}; the code gave {found}{where}"
        )


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


class HandlerError(DurableError):
    """What a handler raises to say how its failure is to be treated."""


class NonRetryable(HandlerError):
    """The activity failed and no further attempt can help."""

    def __init__(self, message: str, details: object = None) -> None:
        self.details = details
        super().__init__(message)


class RetryAfter(HandlerError):
    """The activity failed; its next attempt, if the policy allows one, comes after this delay."""

    def __init__(self, delay: timedelta, message: str = "") -> None:
        self.delay = delay
        super().__init__(message or f"try again after {delay}")


class TransientError(DurableError):
    """The outside is unwell: the caller tries again."""


class BrokerUnavailable(TransientError):
    """The broker did not confirm: what was asked may or may not have happened."""


class LockLost(TransientError):
    """A message or session belongs to somebody else by now; what was asked did not happen."""


class SessionTaken(TransientError):
    """Another receiver holds the session."""


class WriteUncertain(TransientError):
    """A write may or may not have happened: repeat the identical one until it says."""


class RefusedError(DurableError):
    """Definite and final: nothing happened, and trying again won't help."""


class UnknownDestination(RefusedError):
    """The broker has no such queue or topic."""


class MessageTooLarge(RefusedError):
    """A message is larger than the broker takes."""


class PayloadTooLarge(RefusedError):
    """An input, a result or an event is larger than a message may carry."""


class Refusal(Enum):
    """Why a store refused an operation."""

    EXISTS = "the id exists"
    MISSING = "there is no such record"
    CHANGED = "the record has changed since it was read"
    TOO_LARGE = "too large for the store"
    INVALID = "the store does not accept it"


class WriteRefused(RefusedError):
    """The store refused one operation, and so the whole batch: nothing of it was written.

    Attributes:
        index: position of the refused operation in the batch.
        refusal: why.
    """

    def __init__(self, index: int, refusal: Refusal, detail: str = "") -> None:
        self.index = index
        self.refusal = refusal
        super().__init__(f"operation {index} was refused: {refusal.value}{': ' if detail else ''}{detail}")


class ObjectNotFound(RefusedError):
    """The object store has no object of this name."""


class SettingsInvalid(RefusedError):
    """The environment of a service does not describe one; lists every fault at once."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("these settings are missing or wrong:\n" + "\n".join(f"  {fault}" for fault in faults))


class UndecodableMessage(DurableError):
    """Bytes that are no message of ours; says what was expected and what was found."""


class ClientError(DurableError):
    """What `SagaClient` raises."""


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
