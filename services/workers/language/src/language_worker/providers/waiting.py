"""What an answer over HTTP that is no result means for the attempt. Nothing of a text gets into a message.

Services repeat parts of what they were sent in their messages; so only status, code and request id are told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from durable import NonRetryable, RetryAfter
from durable.errors import TransientError

WAIT_MAX = timedelta(hours=1)
_BUSY = frozenset({408, 425, 429})
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


def refused(
    service: str, status: int, headers: Mapping[str, str], *, code: str | None = None, now: datetime
) -> Exception:
    """Give what to raise for a status that is no success: `RetryAfter`, `TransientError` or `NonRetryable`."""
    told = f"expected {service} to do what it was asked; it answered {status}{_code(code)}{_request(headers)}"
    if status not in _BUSY and status < 500:
        return NonRetryable(told)
    wait = asked_wait(headers, now)
    return TransientError(told) if wait is None else RetryAfter(wait, told)


def asked_wait(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Give the time of `retry-after-ms` or `Retry-After`, an hour at most; `None` without one that can be read."""
    folded = {name.lower(): value for name, value in headers.items()}
    for name, unit in (("retry-after-ms", timedelta(milliseconds=1)), ("retry-after", timedelta(seconds=1))):
        text = folded.get(name, "").strip()
        if text.isdecimal():
            return min(int(text[:9]) * unit, WAIT_MAX)
    try:
        when = parsedate_to_datetime(folded.get("retry-after", ""))
    except ValueError:
        return None
    return min(max(when.astimezone(UTC) - now, timedelta(0)), WAIT_MAX)


def _code(code: str | None) -> str:
    return f" ({code})" if code and len(code) <= 80 and _SAFE.issuperset(code) else ""


def _request(headers: Mapping[str, str]) -> str:
    folded = {name.lower(): value for name, value in headers.items()}
    found = folded.get("apim-request-id") or folded.get("x-request-id") or ""
    return f", request {found}" if found and len(found) <= 80 and _SAFE.issuperset(found) else ""
