"""Requests to the management API, repeated while the service is away.

1. Every request that goes through here may be repeated: the caller sees to it that a repeat does no harm.
2. It is repeated, after growing delays, when the connection fails or the service says that it is unwell, until the
   caller's patience ends. `Retry-After` is kept to then, up to `DELAY_MAX`.
3. An answer tells whether an earlier try was cut off: then what it refuses may be what that try has done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import aiohttp
import orjson
from yarl import URL

from durable.adapters.telemetry import current_trace
from durable.client.credentials import Bearer
from durable.errors import (
    AlreadyEnded,
    AlreadyExists,
    ClientError,
    InvalidInput,
    InvalidState,
    NotAllowed,
    NotFound,
    ServiceUnavailable,
)

DELAY_FIRST = timedelta(milliseconds=50)
DELAY_MAX = timedelta(seconds=2)
REQUEST_TIMEOUT = timedelta(seconds=30)

_UNWELL = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
_ERRORS: dict[int, type[ClientError]] = {
    HTTPStatus.UNAUTHORIZED: NotAllowed,
    HTTPStatus.FORBIDDEN: NotAllowed,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: AlreadyExists,
    HTTPStatus.GONE: AlreadyEnded,
}
_STATE = "urn:durable:problem:invalid-state"


@dataclass(frozen=True, slots=True)
class Call:
    """One request: path with its parts already quoted, query, and body in JSON of some kind."""

    method: str
    path: str
    query: Mapping[str, str] | None = None
    body: bytes | None = None
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service said in the end.

    Attributes:
        retry_after: when it asks to be asked again, if it does.
        repeated: an earlier try was cut off or answered with a failure of the service.
    """

    status: int
    document: Any
    retry_after: timedelta | None
    repeated: bool

    def expect_success(self) -> Any:
        """Give the document.

        Raises:
            ClientError: the service refused; the class says how.
        """
        if self.status < HTTPStatus.BAD_REQUEST:
            return self.document
        said = self.document if isinstance(self.document, dict) else {}
        detail = str(said.get("detail") or said.get("title") or f"the service answered {self.status}")
        error = InvalidState if said.get("type") == _STATE else _ERRORS.get(self.status)
        if error is not None:
            raise error(detail)
        if self.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise InvalidInput(detail, [(fault["loc"], fault["msg"]) for fault in said.get("errors", ())])
        raise ServiceUnavailable(detail)


class Transport:
    """Keeps the connections to one service.

    Attributes:
        patience: seconds for which what does not succeed is tried again.
    """

    def __init__(self, base_url: str, patience: timedelta, bearer: Bearer | None = None) -> None:
        self._bearer = bearer
        self._base_url = base_url.rstrip("/")
        self.patience = patience.total_seconds()
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Prepare for requests; connects at the first one."""
        timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT.total_seconds())
        self._session = aiohttp.ClientSession(timeout=timeout)

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(self, call: Call) -> Answer:
        """Send a request and read the answer, again and again while the service is away.

        Raises:
            ServiceUnavailable: it was away for longer than the patience.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.patience
        delay = DELAY_FIRST
        repeated = False
        while True:
            answer, error = await self._try(call, repeated=repeated)
            if answer is not None and answer.status not in _UNWELL:
                return answer
            asked = answer.retry_after if answer is not None and answer.retry_after is not None else timedelta(0)
            pause = min(max(delay, asked), DELAY_MAX).total_seconds()
            if loop.time() + pause > deadline:
                if answer is not None:
                    answer.expect_success()
                raise ServiceUnavailable(
                    f"expected an answer to {call.method} {self._base_url}{call.path} within {self.patience:g} s; "
                    f"found {type(error).__name__}: {error}"
                ) from error
            await asyncio.sleep(pause)
            delay = min(2 * delay, DELAY_MAX)
            repeated = True

    async def _try(self, call: Call, *, repeated: bool) -> tuple[Answer | None, Exception | None]:
        if self._session is None:
            raise RuntimeError("expected the client to be open: use it as `async with SagaClient(...) as client`")
        url = URL(self._base_url + call.path, encoded=True)
        if call.query:
            url = url.with_query(call.query)
        headers = {"Content-Type": call.content_type, **current_trace()}
        if self._bearer is not None:
            headers["Authorization"] = await self._bearer.header()
        try:
            async with self._session.request(call.method, url, data=call.body, headers=headers) as response:
                return await _read(response, repeated=repeated), None
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError) as error:
            return None, error


async def _read(response: aiohttp.ClientResponse, *, repeated: bool) -> Answer:
    body = await response.read()
    try:
        document = orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        document = None
    asked = response.headers.get("Retry-After", "")
    retry_after = timedelta(seconds=int(asked)) if asked.isdecimal() else None
    return Answer(response.status, document, retry_after, repeated)
