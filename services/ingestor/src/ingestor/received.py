"""Events as they come: which of the two formats each is in, over HTTP and out of queues.

1. A record is one event as a JSON object: a CloudEvent if it has `specversion`, else in the Event Grid schema if it has
   `eventType`.
2. What breaks the rules of its format is malformed; whether this application takes the event is asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cloudevents.core.bindings.http import CE_PREFIX

from durable.cloudevent import CloudEvent
from durable.http.body import parse_json
from durable.http.problem import Problem, ProblemType
from ingestor.cloud_events import read_binary, read_cloud_event
from ingestor.event_grid import read_grid_event
from ingestor.malformed import kind_of, malformed

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
EXPECTED_MEDIA_TYPES = (
    f"expected {STRUCTURED}, {BATCH}, or headers {CE_PREFIX}… with data in JSON (or, of Event Grid, aeg-event-type)"
)


@dataclass(frozen=True, slots=True)
class Received:
    """The events of one request; `in_batch` says how a fault in one of them is located."""

    events: Sequence[CloudEvent]
    in_batch: bool = field(default=False)


def check_media_type(headers: Mapping[str, str]) -> None:
    """Refuse a request that can't hold a CloudEvent, before its body is read.

    Raises:
        Problem: its media type is none of those taken.
    """
    media_type = media_type_in(headers)
    if media_type in {STRUCTURED, BATCH}:
        return
    is_binary = any(name.startswith(CE_PREFIX) for name in headers)
    if not is_binary or not _is_json(media_type):
        found = media_type or "no media type"
        without = "" if is_binary else f" and no header {CE_PREFIX}…"
        raise Problem(ProblemType.MEDIA_TYPE, f"{EXPECTED_MEDIA_TYPES}; found {found}{without}")


def read_events(headers: Mapping[str, str], body: bytes) -> Received:
    """Read the CloudEvents of a request whose media type was checked; header names are in lower case.

    Raises:
        Problem: they are malformed.
    """
    media_type = media_type_in(headers)
    if media_type == STRUCTURED:
        return Received([read_cloud_event(parse_json(body))])
    if media_type == BATCH:
        records = batch_of(body)
        return Received([read_cloud_event(record, f"{index}.") for index, record in enumerate(records)], in_batch=True)
    return Received([read_binary(headers, body)])


def read_each(headers: Mapping[str, str], body: bytes) -> list[CloudEvent | Problem]:
    """Read as `read_events`, but give the problem of a malformed event in its place.

    Raises:
        Problem: the batch itself is malformed.
    """
    if media_type_in(headers) != BATCH:
        return list(read_events(headers, body).events)
    return [_read_or_problem(record) for record in batch_of(body)]


def _read_or_problem(record: object) -> CloudEvent | Problem:
    try:
        return read_cloud_event(record)
    except Problem as problem:
        return problem


def batch_of(body: bytes) -> list[object]:
    """Take the records out of a batch.

    Raises:
        Problem: it is no JSON array.
    """
    records = parse_json(body)
    if not isinstance(records, list):
        raise malformed(f"expected a batch as a JSON array; found {kind_of(records)}")
    return records


def records_of(body: bytes) -> list[object]:
    """Take the records out of what a queue, a hub or a file holds: one, or an array of them.

    Raises:
        Problem: it is no JSON.
    """
    data = parse_json(body)
    return data if isinstance(data, list) else [data]


def read_record(record: object) -> CloudEvent:
    """Read a record of either format.

    Raises:
        Problem: it is of neither, or malformed.
    """
    if isinstance(record, dict) and "specversion" not in record and "eventType" in record:
        return read_grid_event(record)
    return read_cloud_event(record)


def media_type_in(headers: Mapping[str, str]) -> str:
    """Give the media type of a request without parameters, in lower case; empty if it has none."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _is_json(media_type: str) -> bool:
    return media_type in {"", "application/json", "text/json"} or media_type.endswith("+json")
