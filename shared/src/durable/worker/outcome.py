"""How an attempt that did not succeed is told: an exception, or a breach of the contract, as a `Failure`.

Whatever a handler raises or returns, the failure that comes of it can be sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import orjson
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, to_jsonable_python

from durable.errors import AuthorError, NonRetryable, RefusedError, RetryAfter
from durable.failure import (
    INVALID_INPUT,
    PAYLOAD_TOO_LARGE,
    RESULT_MISMATCH,
    UNKNOWN_ACTIVITY,
    Failure,
    disagreement,
    failure_of,
)
from durable.payload import reasons_of

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
    details = _details([{"loc": where, "msg": what} for where, what in reasons])
    return disagreement(INVALID_INPUT, f"the input does not fit activity {activity!r}: {told}", details)


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


def _details(details: object) -> object:
    try:
        data = to_jsonable_python(details, fallback=str)
        size = len(orjson.dumps(data))
    except (PydanticSerializationError, TypeError, ValueError) as error:
        return f"the details are no JSON data: {error}"
    return data if size <= DETAILS_BYTES_MAX else f"the details are left out: {size} bytes of JSON are too many"
