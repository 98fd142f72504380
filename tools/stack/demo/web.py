"""The HTTP calls that the demonstration makes, with nothing but the standard library."""

import asyncio
import http.client
import json
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

from stack.errors import StackError

TIMEOUT_SECONDS = 30.0
BETWEEN_TRIES_SECONDS = 0.25
# What requests bring where services ask for a token; empty where they don't.
TOKEN: ContextVar[str] = ContextVar("token", default="")


class NoAnswer(StackError):
    """The service does not answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said: its status code and its JSON document."""

    status: int
    document: dict[str, Any]

    @property
    def reason(self) -> str:
        """What a problem document says, with its status code."""
        return f"{self.status} {self.document.get('detail') or self.document.get('title') or self.document}"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a service."""

    method: str
    path: str
    body: bytes | BinaryIO | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


async def get(base: str, path: str) -> dict[str, Any]:
    """Fetch a JSON document, with patience for a service that is just being started again.

    Raises:
        StackError: there is no answer for half a minute, or it is not 200.
    """
    until = time.monotonic() + TIMEOUT_SECONDS
    while True:
        found = await _look(base, path)
        if isinstance(found, Answer):
            return found.document
        if time.monotonic() > until:
            raise StackError(found)
        await asyncio.sleep(BETWEEN_TRIES_SECONDS)


async def _look(base: str, path: str) -> Answer | str:
    try:
        answer = await asyncio.to_thread(_exchange, base, Request("GET", path))
    except NoAnswer as error:
        return str(error)
    said = f"GET {base}{path}: expected 200; found {answer.reason}"
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return said
    if answer.status != HTTPStatus.OK:
        raise StackError(said)
    return answer


async def upload(base: str, method: str, file: Path, media_type: str | None) -> Answer:
    """Send a file to the ingestor block by block; without a media type the ingestor goes by the name."""
    return await asyncio.to_thread(_upload, base, method, file, media_type)


def _upload(base: str, method: str, file: Path, media_type: str | None) -> Answer:
    headers = {"Content-Length": str(file.stat().st_size)} | ({"Content-Type": media_type} if media_type else {})
    with file.open("rb") as content:
        return _exchange(base, Request(method, f"/files/{quote(file.name)}", content, headers))


async def post_event(base: str, event: Mapping[str, object]) -> Answer:
    """Send a CloudEvent to the ingestor."""
    headers = {"Content-Type": "application/cloudevents+json"}
    return await asyncio.to_thread(_exchange, base, Request("POST", "/events", json.dumps(event).encode(), headers))


async def post_events(base: str, events: Sequence[Mapping[str, object]]) -> Answer:
    """Send CloudEvents to the ingestor in one batch, of which it takes all or none."""
    headers = {"Content-Type": "application/cloudevents-batch+json"}
    return await asyncio.to_thread(_exchange, base, Request("POST", "/events", json.dumps(events).encode(), headers))


def _exchange(base: str, request: Request) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=TIMEOUT_SECONDS)
    token = {"Authorization": f"Bearer {TOKEN.get()}"} if TOKEN.get() else {}
    try:
        connection.request(request.method, request.path, request.body, {**request.headers, **token})
        response = connection.getresponse()
        return Answer(response.status, _document(response.read()))
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(f"{request.method} {base}{request.path}: no answer ({error})") from error
    finally:
        connection.close()


def _document(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {"text": body.decode(errors="replace")}
    return found if isinstance(found, dict) else {"document": found}
