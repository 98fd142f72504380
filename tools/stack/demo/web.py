"""The two HTTP calls that the demonstration makes, with nothing but the standard library."""

import asyncio
import http.client
import json
import time
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from stack.errors import StackError

TIMEOUT_SECONDS = 30.0
BETWEEN_TRIES_SECONDS = 0.25


class NoAnswer(StackError):
    """The service does not answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said: its status code and its JSON document."""

    status: int
    document: dict[str, Any]


async def get(base: str, path: str) -> dict[str, Any]:
    """Fetch a JSON document, with patience for a service that is just being started again.

    Raises:
        StackError: there is no answer for half a minute, or it is not 200.
    """
    until = time.monotonic() + TIMEOUT_SECONDS
    while True:
        try:
            answer = await asyncio.to_thread(_exchange, base, "GET", path, None)
        except NoAnswer:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(BETWEEN_TRIES_SECONDS)
            continue
        if answer.status != HTTPStatus.OK:
            raise StackError(f"GET {base}{path}: expected 200; found {answer.status} {answer.document}")
        return answer.document


async def upload(base: str, file: Path) -> Answer:
    """Send a file to the ingestor, block by block."""
    return await asyncio.to_thread(_exchange, base, "POST", f"/files/{quote(file.name)}", file)


def _exchange(base: str, method: str, path: str, file: Path | None) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=TIMEOUT_SECONDS)
    try:
        if file is None:
            connection.request(method, path)
        else:
            with file.open("rb") as body:
                connection.request(method, path, body=body, headers={"Content-Length": str(file.stat().st_size)})
        response = connection.getresponse()
        return Answer(response.status, _document(response.read()))
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(f"{method} {base}{path}: no answer ({error})") from error
    finally:
        connection.close()


def _document(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {"text": body.decode(errors="replace")}
    return found if isinstance(found, dict) else {"document": found}
