"""What an answer of Azure that is no result means for the attempt.

Services repeat parts of what they were sent in their messages; so only status, codes and request id are told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from durable import NonRetryable, RetryAfter
from durable.errors import TransientError

WAIT_MAX = timedelta(hours=1)
_BUSY = frozenset({408, 425, 429})
# What the service says of an analysis that another attempt may bring to its end.
_PASSING = frozenset({"InternalServerError", "ServiceUnavailable", "Timeout", "TooManyRequests"})
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_CODES_MAX = 4

Headers = Mapping[str, str]


def refused(service: str, status: int, headers: Headers, body: str, now: datetime) -> Exception:
    """Give what to raise for a status that is no success."""
    told = f"expected {service} to do what it was asked; it answered {status}{_codes(body)}{_request(headers)}"
    if status not in _BUSY and status < 500:
        return NonRetryable(told)
    wait = _asked_wait(headers, now)
    return TransientError(told) if wait is None else RetryAfter(wait, told)


def failed_analysis(service: str, headers: Headers, body: str) -> Exception:
    """Give what to raise for an analysis that has ended without a result."""
    codes = list(_error_codes(body))
    told = f"expected {service} to analyse the document; it failed{_codes(body)}{_request(headers)}"
    return TransientError(told) if not codes or _PASSING.intersection(codes) else NonRetryable(told)


def _error_codes(body: str) -> Iterator[str]:
    try:
        answer = json.loads(body)
    except ValueError:
        return
    error = answer.get("error") if isinstance(answer, dict) else None
    for _ in range(_CODES_MAX):
        if not isinstance(error, dict):
            return
        code = error.get("code")
        if isinstance(code, str) and 0 < len(code) <= 80 and _SAFE.issuperset(code):
            yield code
        error = error.get("innererror")


def _codes(body: str) -> str:
    codes = "/".join(_error_codes(body))
    return f" ({codes})" if codes else ""


def _request(headers: Headers) -> str:
    found = headers.get("apim-request-id") or headers.get("x-ms-request-id") or ""
    return f", request {found}" if found and len(found) <= 80 and _SAFE.issuperset(found) else ""


def _asked_wait(headers: Headers, now: datetime) -> timedelta | None:
    text = (headers.get("Retry-After") or "").strip()
    if text.isdecimal():
        return min(timedelta(seconds=int(text[:9])), WAIT_MAX)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return min(max(when.astimezone(UTC) - now, timedelta(0)), WAIT_MAX)
