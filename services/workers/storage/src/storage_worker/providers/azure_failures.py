"""What the SDKs of Azure raise, as a handler says it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from azure.core.exceptions import AzureError, HttpResponseError

from durable import NonRetryable, RetryAfter
from durable.errors import TransientError

WAIT_MAX = timedelta(hours=1)
_BUSY = frozenset({408, 429, 500, 502, 503, 504})
_PASSING_CONFLICTS = ("TableBeingDeleted",)


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Tell whether another attempt may help.

    Raises:
        RetryAfter: the service asks to be left alone for a while.
        TransientError: it is unwell, or did not answer, or the identity can't be had.
        NonRetryable: it refuses what is asked.
    """
    try:
        yield
    except HttpResponseError as error:
        raise _told(error, what) from error
    except AzureError as error:
        raise TransientError(f"{what} did not answer: {_first_line(error)}") from error


def _told(error: HttpResponseError, what: str) -> Exception:
    status = error.status_code
    if status is None:
        return TransientError(f"{what} could not be asked: {_first_line(error)}")
    told = f"{what} answered {status}: {_first_line(error)}"
    if status in _BUSY or any(known in str(error) for known in _PASSING_CONFLICTS):
        wait = _asked_wait(error)
        return TransientError(told) if wait is None else RetryAfter(wait, told)
    return NonRetryable(f"expected {what} to do what it was asked; it refused. {told}")


def _asked_wait(error: HttpResponseError) -> timedelta | None:
    text = str(getattr(error.response, "headers", {}).get("Retry-After", ""))
    return min(timedelta(seconds=int(text[:9])), WAIT_MAX) if text.isdecimal() else None


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:300]
