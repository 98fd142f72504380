"""The queries of the store as text and parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from durable.adapters.heads import KIND, Place, place_of
from durable.codec import encode_time
from durable.ports import HeadQuery

SCAN = "SELECT * FROM c WHERE c.id >= @first AND c.id <= @last ORDER BY c.id"


@dataclass(frozen=True, slots=True)
class Query:
    """A query with its parameters."""

    text: str
    parameters: list[dict[str, Any]]


def scan_query(first: str, last: str) -> Query:
    """Ask for a range of ids, in order."""
    return Query(SCAN, _parameters({"first": first, "last": last}))


def heads_query(query: HeadQuery) -> Query:
    """Ask for heads, newest first, from the time where an earlier page stopped.

    Heads of that very time come again; `durable.adapters.heads` leaves out those that were given.
    """
    where, values = _where(query, place_of(query.continuation))
    return Query(f"SELECT * FROM c WHERE {where} ORDER BY c.created_at DESC", _parameters(values))


def count_query(query: HeadQuery) -> Query:
    """Ask how many heads there are."""
    where, values = _where(query, None)
    return Query(f"SELECT VALUE COUNT(1) FROM c WHERE {where}", _parameters(values))


def _where(query: HeadQuery, place: Place | None) -> tuple[str, dict[str, object]]:
    values: dict[str, object] = {"kind": KIND}
    terms = ["c.kind = @kind"]
    narrowed = (
        ("c.status = @status", "status", query.status and query.status.value),
        ("c.saga = @saga", "saga", query.saga),
        ("c.created_at > @after", "after", query.created_after and encode_time(query.created_after)),
        ("c.created_at < @before", "before", query.created_before and encode_time(query.created_before)),
        ("c.ended_at < @ended", "ended", query.ended_before and encode_time(query.ended_before)),
        ("c.created_at <= @place", "place", place and place.time),
    )
    for term, name, value in narrowed:
        if value is not None:
            terms.append(term)
            values[name] = value
    return " AND ".join(terms), values


def _parameters(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": f"@{name}", "value": value} for name, value in values.items()]
