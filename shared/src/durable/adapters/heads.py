"""How a list of heads goes on from page to page without the store's help.

1. Order is by `created_at`, newest first; heads of one and the same time have no order.
2. A continuation holds the time of the last head given and which heads of that time were given, so that none is given
   twice and none left out however the store orders them. A head created meanwhile is newer and so not met again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import orjson

from durable.codec import encode_time
from durable.ids import digest
from durable.ports import HeadPage, HeadQuery, Record, Stored

KIND = "instance"
_MARK = 12


@dataclass(frozen=True, slots=True)
class Place:
    """Where a listing stopped: at a time, after some heads of that time."""

    time: str
    marks: frozenset[str]


def place_of(continuation: str | None) -> Place | None:
    """Read a continuation; `None` for the beginning.

    Raises:
        ValueError: it is none of ours.
    """
    if continuation is None:
        return None
    try:
        time, marks = orjson.loads(continuation)
        return Place(str(time), frozenset(map(str, marks)))
    except (orjson.JSONDecodeError, TypeError, ValueError) as error:
        raise ValueError(f"expected a continuation of an earlier page; found {continuation[:80]!r}") from error


def matches(record: Record, query: HeadQuery) -> bool:
    """Tell whether a record is one of the heads that a query asks for."""
    before, later, ended = query.created_before, query.created_after, query.ended_before
    return (
        record.get("kind") == KIND
        and query.status in (None, record.get("status"))
        and query.saga in (None, record.get("saga"))
        and (before is None or str(record["created_at"]) < encode_time(before))
        and (later is None or str(record["created_at"]) > encode_time(later))
        and (ended is None or str(record.get("ended_at", "~")) < encode_time(ended))
    )


def after(heads: Iterable[Stored], continuation: str | None) -> Iterator[Stored]:
    """Leave out what the earlier pages have given."""
    place = place_of(continuation)
    if place is None:
        yield from heads
        return
    for head in heads:
        time = str(head.record["created_at"])
        if time < place.time or (time == place.time and _mark(head) not in place.marks):
            yield head


def next_page(rest: Iterable[Stored], query: HeadQuery) -> HeadPage:
    """Make a page of what the earlier ones have left, of which one head more than fits must be given."""
    heads = [head for _, head in zip(range(query.limit + 1), rest, strict=False)]
    if len(heads) <= query.limit:
        return HeadPage(tuple(heads), None)
    return HeadPage(tuple(heads[: query.limit]), _continuation(heads[: query.limit], place_of(query.continuation)))


def _continuation(heads: Sequence[Stored], before: Place | None) -> str:
    time = str(heads[-1].record["created_at"])
    marks = {_mark(head) for head in heads if head.record["created_at"] == time}
    if before is not None and before.time == time:
        marks |= before.marks
    return orjson.dumps([time, sorted(marks)]).decode()


def _mark(head: Stored) -> str:
    return digest(str(head.record["partition"]), str(head.record["id"]))[:_MARK]
