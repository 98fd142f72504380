"""The intake of items: all that are sound are taken, each of the others is told by its place.

1. 200 if all were taken, 206 if some were, 400 if none was: exporters send what was refused not again.
2. An item is refused by itself: what comes beside it stays.
"""

import time
from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from emulators.telemetry.bodies import BodyError, read_body
from emulators.telemetry.insights.complaints import complaint
from emulators.telemetry.insights.reading import read_item
from emulators.telemetry.records import Batch, Way

ITEM_BYTES_MAX = 64 * 1024
_ERRORS_MAX = 1000
_Error = dict[str, Any]


def track(add: Callable[[Batch], None]) -> Callable[[Request], Any]:
    """The handler of `POST /v2.1/track`; what was taken is given to `add` before it is answered."""

    async def answer(request: Request) -> Response:
        try:
            items = items_of(await read_body(request))
        except BodyError as refusal:
            error = {"index": 0, "statusCode": refusal.status, "message": str(refusal)}
            return _answer(refusal.status, 0, 0, [error])
        batch, errors = taken(items, time.time_ns() // 1000)
        add(batch)
        return _answer(_status(items, errors), len(items), len(items) - len(errors), errors)

    return answer


def items_of(body: bytes) -> list[Any]:
    """The items of a JSON array, of one JSON object, or of a line of JSON each; raises `BodyError`."""
    try:
        if body.lstrip()[:1] == b"[":
            found: list[Any] = orjson.loads(body)
            return found
        return [orjson.loads(line) for line in body.splitlines() if line.strip()]
    except orjson.JSONDecodeError as error:
        raise BodyError(400, f"100: Invalid JSON: {error}") from error


def taken(items: list[Any], now: int) -> tuple[Batch, list[_Error]]:
    """What is taken of the items at this time (in microseconds), and the errors of the others."""
    batch, errors = Batch(Way.INSIGHTS), list[_Error]()
    for index, item in enumerate(items):
        problem = complaint(item, now) or _unreadable(item, batch)
        if problem is None:
            batch.envelopes.append(item)
        else:
            errors.append({"index": index, "statusCode": 400, "message": problem})
    return batch, errors


def _unreadable(item: Any, batch: Batch) -> str | None:
    if len(orjson.dumps(item)) > ITEM_BYTES_MAX:
        return f"Item is larger than the allowed size of {ITEM_BYTES_MAX} bytes"
    read = Batch(batch.way)
    try:
        read_item(item, read)
    except (ValueError, TypeError, AttributeError) as error:
        return f"100: Invalid item: {error}"
    batch.take(read)
    return None


def _status(items: list[Any], errors: list[_Error]) -> int:
    if not errors:
        return 200
    return 400 if len(errors) == len(items) else 206


def _answer(status: int, received: int, accepted: int, errors: list[_Error]) -> Response:
    content = {"itemsReceived": received, "itemsAccepted": accepted, "appId": None, "errors": errors[:_ERRORS_MAX]}
    return Response(orjson.dumps(content), status, media_type="application/json")
