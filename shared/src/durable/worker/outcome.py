"""How an attempt that did not succeed is told: an exception, or a breach of the contract, as a `Failure`.

1. A failure says by its type who must act: `durable.…` means that caller and worker do not agree, anything else is what
   the handler raised.
2. Whatever a handler raises, the failure that comes of it can be sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import orjson
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, to_jsonable_python

from durable.errors import AuthorError, NonRetryable, RefusedError, RetryAfter
from durable.failure import Failure, failure_of
from durable.payload import reasons_of

INVALID_INPUT = "durable.InvalidInput"
UNKNOWN_ACTIVITY = "durable.UnknownActivity"
RESULT_MISMATCH = "durable.ResultMismatch"
PAYLOAD_TOO_LARGE = "durable.PayloadTooLarge"
DETAILS_BYTES_MAX = 32 * 1024
_FINAL = (NonRetryable, RefusedError, AuthorError)


def failure_of_handler(error: BaseException) -> Failure:
    """Tell what a handler raised."""
    failure = failure_of(error, retryable=not isinstance(error, _FINAL))
    if isinstance(error, NonRetryable):
        return replace(failure, details=_details(error.details))
    if isinstance(error, RetryAfter):
        return replace(failure, retry_after=max(error.delay.total_seconds(), 0.0))
    return failure


def invalid_input(error: ValidationError, activity: str) -> Failure:
    """Tell that the input of a command does not fit the activity."""
    reasons = reasons_of(error)
    told = "; ".join(f"{where}: {what}" for where, what in reasons)
    return Failure(
        type=INVALID_INPUT,
        message=f"the input does not fit activity {activity!r}: {told}"[:4096],
        details=_details([{"loc": where, "msg": what} for where, what in reasons]),
        retryable=False,
    )


def unknown_activity(activity: str, worker: str, known: Iterable[str]) -> Failure:
    """Tell that this worker has no such handler."""
    listed = ", ".join(sorted(known)) or "none"
    return Failure(
        type=UNKNOWN_ACTIVITY,
        message=f"expected an activity of worker {worker!r}: {listed}; found {activity!r}. "
        "Deploy a worker that handles it, or mend its name",
        retryable=False,
    )


def result_mismatch(error: TypeError, activity: str) -> Failure:
    """Tell that a handler returned what its activity does not declare."""
    return Failure(
        type=RESULT_MISMATCH, message=f"the handler of {activity!r} returned: {error}"[:4096], retryable=False
    )


def too_large(error: Exception, activity: str) -> Failure:
    """Tell that a result would not fit into a message."""
    return Failure(
        type=PAYLOAD_TOO_LARGE, message=f"the result of {activity!r} is too large: {error}"[:4096], retryable=False
    )


def _details(details: object) -> object:
    try:
        data = to_jsonable_python(details, fallback=str)
        size = len(orjson.dumps(data))
    except (PydanticSerializationError, TypeError, ValueError) as error:
        return f"the details are no JSON data: {error}"
    return data if size <= DETAILS_BYTES_MAX else f"the details are left out: {size} bytes of JSON are too many"
