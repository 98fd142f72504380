"""The two queries of the store as text and parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from durable.adapters.heads import KIND, place_of
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
    place = place_of(query.continuation)
    values: dict[str, object] = {"kind": KIND}
    terms = ["c.kind = @kind"]
    narrowed = (
        ("c.status = @status", "status", query.status and query.status.value),
        ("c.saga = @saga", "saga", query.saga),
        ("c.created_at < @before", "before", query.created_before and encode_time(query.created_before)),
        ("c.created_at <= @place", "place", place and place.time),
    )
    for term, name, value in narrowed:
        if value is not None:
            terms.append(term)
            values[name] = value
    text = f"SELECT * FROM c WHERE {' AND '.join(terms)} ORDER BY c.created_at DESC"
    return Query(text, _parameters(values))


def _parameters(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": f"@{name}", "value": value} for name, value in values.items()]
