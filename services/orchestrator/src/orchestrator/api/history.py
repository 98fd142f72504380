"""Shows the history of an instance, page by page.

1. A page holds whole turns and ends once it has enough events or bytes; a turn is never split.
2. Encoded payloads are shown decoded; what lies in the object store is shown as its reference,
   unless it is asked for.
3. A continuation is `<execution>.<sequence>` of the last turn shown.
"""

from __future__ import annotations

import re
from typing import Annotated

import orjson
from fastapi import Query, Response

from durable.codec import encode_event, encode_time
from durable.http.problem import Problem, ProblemType
from durable.vault import open_events, shown_event
from orchestrator.operations import Ports, get
from orchestrator.operations.histories import turns
from orchestrator.operations.patience import patient
from orchestrator.records import TurnRecord

LIMIT_DEFAULT = 1000
LIMIT_MAX = 10_000
PAGE_BYTES_MAX = 4_000_000
_CONTINUATION = re.compile(r"([1-9]\d{0,8})\.(\d{1,10})")


class Histories:
    """Answers `GET /instances/{id}/history`."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def history(
        self,
        instance_id: str,
        limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
        continuation: str | None = None,
        *,
        resolve: bool = False,
    ) -> Response:
        """Show the events of whole turns until there are `limit` of them; with `resolve`, large payloads as data."""
        head = await get(self._ports, instance_id)
        parts: list[bytes] = []
        count = size = 0
        more: str | None = None
        async for turn in turns(self._ports, head, *_after(continuation)):
            if count >= limit or size >= PAGE_BYTES_MAX:
                break
            part = await self._encode(turn, resolve=resolve)
            more = f"{turn.execution}.{turn.sequence}"
            parts += [part] if part else []
            count += len(turn.events)
            size += len(part)
        else:
            more = None
        body = b'{"events":[%s],"continuation":%s}' % (b",".join(parts), orjson.dumps(more))
        return Response(body, media_type="application/json")

    async def _encode(self, turn: TurnRecord, *, resolve: bool) -> bytes:
        if resolve:
            async with patient(f"the payloads of instance {turn.instance_id!r} can't be fetched now; try again"):
                events = await open_events(self._ports.vault, turn.events)
        else:
            events = [shown_event(self._ports.vault, event) for event in turn.events]
        stamped = [
            {
                **encode_event(event),
                "at": encode_time(event.at),
                "execution": turn.execution,
                "sequence": event.sequence,
            }
            for event in events
        ]
        return orjson.dumps(stamped)[1:-1]


def _after(continuation: str | None) -> tuple[int, int]:
    if continuation is None:
        return 1, 0
    match = _CONTINUATION.fullmatch(continuation)
    if match is None:
        fault = f"expected a continuation as a page gave it; found {continuation[:80]!r}"
        raise Problem(ProblemType.INVALID, fault, [("continuation", fault)])
    return int(match[1]), int(match[2])
