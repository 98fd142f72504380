"""How an attempt that did not succeed is told: an exception, or a breach of the contract, as a `Failure`.

Whatever a handler raises or returns, the failure that comes of it can be sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pydantic import ValidationError

from durable.errors import AuthorError, NonRetryable, PayloadUnreadable, RefusedError, RetryAfter
from durable.failure import (
    ACTIVITY_TIMEOUT,
    CANCELLED,
    INVALID_INPUT,
    MESSAGE_BYTES_MAX,
    OUTCOME_UNKNOWN,
    PAYLOAD_TOO_LARGE,
    PAYLOAD_UNREADABLE,
    RESULT_MISMATCH,
    UNKNOWN_ACTIVITY,
    Failure,
    disagreement,
    failure_of,
)
from durable.messages import Command
from durable.payload import reasons_of
from durable.worker.details import details_of_failure
from durable.worker.limits import Limit

_FINAL = (NonRetryable, RefusedError, AuthorError)


class FailedElsewhere(Exception):
    """A handler raised in another process; `failure` tells what."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.message)


def failure_of_handler(error: BaseException) -> Failure:
    """Tell what a handler raised."""
    if isinstance(error, FailedElsewhere):
        return error.failure
    failure = failure_of(error, retryable=not isinstance(error, _FINAL))
    if isinstance(error, NonRetryable):
        return replace(failure, details=details_of_failure(error.details))
    if isinstance(error, RetryAfter):
        return replace(failure, retry_after=max(error.delay.total_seconds(), 0.0))
    return failure


def invalid_input(error: ValidationError, activity: str) -> Failure:
    """Tell that the input of a command does not fit the activity."""
    reasons = reasons_of(error)
    told = "; ".join(f"{where}: {what}" for where, what in reasons)
    details = details_of_failure([{"loc": where, "msg": what} for where, what in reasons])
    return disagreement(INVALID_INPUT, f"the input does not fit activity {activity!r}: {told}", details)


def unreadable_input(error: PayloadUnreadable, activity: str) -> Failure:
    """Tell that the input of a command can't be had here; the object, or another worker, may make up for it."""
    return Failure(PAYLOAD_UNREADABLE, f"the input of {activity!r} can't be read: {error}"[:MESSAGE_BYTES_MAX])


def unknown_activity(activity: str, worker: str, known: Iterable[str]) -> Failure:
    """Tell that this worker has no such handler."""
    listed = ", ".join(sorted(known)) or "none"
    return disagreement(
        UNKNOWN_ACTIVITY,
        f"expected an activity of worker {worker!r}: {listed}; found {activity!r}. "
        "Deploy a worker that handles it, or mend its name",
    )


def result_mismatch(error: TypeError, activity: str) -> Failure:
    """Tell that a handler returned what its activity does not declare."""
    return disagreement(RESULT_MISMATCH, f"the handler of {activity!r} returned: {error}")


def too_large(error: Exception, activity: str) -> Failure:
    """Tell that a result would not fit into a message."""
    return disagreement(PAYLOAD_TOO_LARGE, f"the result of {activity!r} is too large: {error}")


def timed_out(command: Command, limit: Limit, after: Failure | None = None) -> Failure:
    """Tell that an attempt took too long; `after` is what its handler raised when it was interrupted, if anything."""
    return Failure(
        ACTIVITY_TIMEOUT,
        f"activity {command.activity!r} {_TOLD[limit].format(command)}",
        details={"kind": limit},
        retryable=limit in {"start_to_close", "heartbeat"},
        cause=after,
    )


def outcome_unknown(activity: str) -> Failure:
    """Tell that an attempt that must not run twice was delivered again."""
    return disagreement(
        OUTCOME_UNKNOWN,
        f"activity {activity!r} was delivered again and is not to run twice: an earlier run may have had its effect",
    )


def gave_up(activity: str, reason: str) -> Failure:
    """Tell that a handler was asked to give up and did."""
    return disagreement(
        CANCELLED, f"activity {activity!r} was cancelled and gave up" + (f": {reason}" if reason else "")
    )


_TOLD: dict[Limit, str] = {
    "schedule_to_start": "was to start by {0.start_by} (schedule_to_start); its handler did not run",
    "start_to_close": "was to end within {0.start_to_close:g} s of its start (start_to_close); it ran on",
    "schedule_to_close": "was to end by {0.deadline} (schedule_to_close); it had not",
    "heartbeat": "was to give a heartbeat every {0.heartbeat:g} s (heartbeat); it fell silent",
}
