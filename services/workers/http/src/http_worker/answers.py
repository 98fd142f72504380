"""How an HTTP answer is read, and which answers are worth another attempt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import orjson

from contracts.http import HttpResponse
from durable import NonRetryable, RetryAfter

BODY_BYTES_MAX = 16 * 1024 * 1024
POLL_DEFAULT = timedelta(seconds=5)
POLL_MIN, POLL_MAX = timedelta(seconds=1), timedelta(hours=1)
ACCEPTED = 202
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


async def read_answer(response: aiohttp.ClientResponse) -> HttpResponse:
    """Read an answer whole.

    Raises:
        NonRetryable: it is larger than `BODY_BYTES_MAX`, or says that it is JSON and is none.
    """
    content = await response.content.read(BODY_BYTES_MAX + 1)
    while len(content) <= BODY_BYTES_MAX and (more := await response.content.read(BODY_BYTES_MAX + 1 - len(content))):
        content += more
    if len(content) > BODY_BYTES_MAX:
        raise NonRetryable(
            f"expected an answer of at most {BODY_BYTES_MAX} bytes from {response.url}; found more. "
            "Let a worker of your own put it into the object store"
        )
    return HttpResponse(status=response.status, headers=dict(response.headers), body=_body(response, content))


def refuse_busy(answer: HttpResponse, url: str, now: datetime) -> None:
    """Fail the attempt where another one may help, and not before the service asks to be left alone.

    Raises:
        RetryAfter: the service says that it is busy or broken.
    """
    if answer.status in _BUSY:
        wait = asked_wait(answer, now)
        raise RetryAfter(wait or timedelta(0), f"expected {url} to do what it was asked; it answered {answer.status}")


def asked_wait(answer: HttpResponse, now: datetime) -> timedelta | None:
    """Give the time of `Retry-After`, in seconds or as a date; `None` without one that can be read."""
    text = next((value for name, value in answer.headers.items() if name.lower() == "retry-after"), "")
    if text.isdecimal():
        return min(timedelta(seconds=int(text[:9])), POLL_MAX)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return min(max(when.astimezone(UTC) - now, timedelta(0)), POLL_MAX)


def _body(response: aiohttp.ClientResponse, content: bytes) -> Any:
    if not content:
        return None
    if "json" not in response.content_type:
        return content.decode(response.charset or "utf-8", "replace")
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise NonRetryable(
            f"expected JSON from {response.url}, as its content type says; found none: {error}"
        ) from error
