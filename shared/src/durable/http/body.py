"""Bodies of requests, read within bounds."""

from __future__ import annotations

from collections.abc import AsyncIterator

import orjson
from fastapi import Request

from durable.depth import PAYLOAD_DEPTH_MAX, is_deeper, may_be_deeper
from durable.http.problem import Problem, ProblemType
from durable.http.rates import PLACE, Place


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
    """Read the whole body.

    Raises:
        Problem: as `chunks_of`, or the bodies of all requests together are too much for now.
    """
    place: Place | None = request.scope.get(PLACE)
    chunks = []
    async for chunk in chunks_of(request, limit):
        if place is not None:
            place.hold(len(chunk))
        chunks.append(chunk)
    return b"".join(chunks)


def parse_json(body: bytes) -> object:
    """Read a body as JSON; an empty one is null.

    Raises:
        Problem: it is no JSON, or nested too deeply.
    """
    if not body:
        return None
    try:
        data: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(
            ProblemType.MALFORMED, f"expected JSON; found {len(body)} bytes that are none: {error}"
        ) from error
    if may_be_deeper(body, PAYLOAD_DEPTH_MAX) and is_deeper(data, PAYLOAD_DEPTH_MAX):
        raise Problem(ProblemType.MALFORMED, f"expected JSON of at most {PAYLOAD_DEPTH_MAX} levels; found more")
    return data


def _too_large(found: str, limit: int) -> Problem:
    return Problem(ProblemType.TOO_LARGE, f"expected a body of at most {limit} bytes; found {found}")
