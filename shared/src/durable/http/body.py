"""Bodies of requests, read within bounds."""

from __future__ import annotations

from collections.abc import AsyncIterator

import orjson
from fastapi import Request

from durable.http.problem import Problem, ProblemType


async def chunks_of(request: Request, limit: int) -> AsyncIterator[bytes]:
    """Give the body chunk by chunk as it comes.

    Raises:
        Problem: it is larger than `limit` bytes, or says so beforehand.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(f"{declared} bytes", limit)
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise _too_large("more", limit)
        if chunk:
            yield chunk


async def body_of(request: Request, limit: int) -> bytes:
    """Read the whole body; errors as `chunks_of`."""
    return b"".join([chunk async for chunk in chunks_of(request, limit)])


def parse_json(body: bytes) -> object:
    """Read a body as JSON; an empty one is null.

    Raises:
        Problem: it is no JSON.
    """
    if not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(
            ProblemType.MALFORMED, f"expected JSON; found {len(body)} bytes that are none: {error}"
        ) from error


def _too_large(found: str, limit: int) -> Problem:
    return Problem(ProblemType.TOO_LARGE, f"expected a body of at most {limit} bytes; found {found}")
