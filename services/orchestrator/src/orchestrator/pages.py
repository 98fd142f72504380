"""Turns that are too large for one record: written in pages, and put together again.

1. A page is a record under an id of its own that holds the batch id of its turn's writer: the pages of two tries of one
   turn never meet.
2. The pages hold the first events of the turn in order, the closing record the last. It is written last, under the id
   of the turn, and says how many pages it has: before it stands there, the turn does not exist.
3. Indexes in an outbox count from the first event of the turn, wherever they stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from durable.ports import Record
from orchestrator.records import turn_id

KIND = "page"
# The store may write text that is not ASCII in up to three times its bytes, and takes two million.
PAGE_BYTES_MAX = 600_000
_MARGIN = 2_000
_SHARED = ("v", "partition", "instance_id", "run", "execution", "sequence", "writer")


class EventTooLarge(ValueError):
    """One event alone is larger than a page."""


def page_id(turn: Record, number: int) -> str:
    """Name the n-th page of a turn."""
    id_ = turn_id(turn["instance_id"], turn["execution"], turn["sequence"])
    return f"{id_}~{batch_id(turn)}~{number:04d}"


def batch_id(record: Record) -> str:
    """Give the batch id in the writer of a record."""
    return str(record["writer"]).partition(":")[2]


def owner_number(record: Record) -> int:
    """Give the owner number in the writer of a record."""
    return int(record["writer"].partition(":")[0])


def in_pages(turn: Record) -> tuple[list[Record], Record]:
    """Split a turn into its pages and its closing record, each of at most `PAGE_BYTES_MAX`.

    Raises:
        EventTooLarge: one of its events does not fit into a page.
    """
    *chunks, (last_events, last_outbox) = _chunks(turn["events"], turn["outbox"])
    shared = {"kind": KIND, **{name: turn[name] for name in _SHARED}}
    pages = [
        {**shared, "id": page_id(turn, number), "page": number, "events": events, "outbox": outbox}
        for number, (events, outbox) in enumerate(chunks, start=1)
    ]
    return pages, {**turn, "pages": len(pages), "events": last_events, "outbox": last_outbox}


def joined(closing: Record, pages: Sequence[Record]) -> Record:
    """Put a turn together from its closing record and all of its pages, in order."""
    parts = [*pages, closing]
    turn = {name: value for name, value in closing.items() if name != "pages"}
    turn["events"] = [event for part in parts for event in part["events"]]
    turn["outbox"] = [entry for part in parts for entry in part["outbox"]]
    return turn


_Chunk = tuple[list[Any], list[Any]]


def _chunks(events: list[Any], outbox: list[Any]) -> Iterator[_Chunk]:
    entries: dict[int, list[Any]] = {}
    for entry in outbox:
        entries.setdefault(entry[1], []).append(entry)
    first, size = 0, 0
    for index, event in enumerate(events):
        own = len(orjson.dumps(event)) + sum(len(orjson.dumps(entry)) + 1 for entry in entries.get(index, ())) + 1
        if own > PAGE_BYTES_MAX - _MARGIN:
            told = f"found {own} in event {index + 1} of the turn, {event['kind']}"
            raise EventTooLarge(f"expected at most {PAGE_BYTES_MAX - _MARGIN} bytes in an event; {told}")
        if size + own > PAGE_BYTES_MAX - _MARGIN:
            yield events[first:index], [entry for at in range(first, index) for entry in entries.get(at, ())]
            first, size = index, 0
        size += own
    yield events[first:], [entry for at in range(first, len(events)) for entry in entries.get(at, ())]
