"""CloudEvents as they come over HTTP: structured, batched and binary mode, by the `cloudevents` library.

1. The library fills in what a sender left out (an id, a time). An id made here would make every repeat a new event, so
   what is required must be there before the library sees it, and a time that it made up is dropped.
2. An attribute that is null counts as not there, as the JSON format says.
3. What breaks the rules of CloudEvents is malformed; whether this application takes the event is asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.http import CE_PREFIX, HTTPMessage, from_binary
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import OPTIONAL_ATTRIBUTES, REQUIRED_ATTRIBUTES
from cloudevents.core.v1.event import CloudEvent as LibraryEvent

from durable.cloudevent import CloudEvent
from durable.http.body import parse_json
from durable.http.problem import Problem, ProblemType

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
EXPECTED_MEDIA_TYPES = f"expected {STRUCTURED}, {BATCH}, or headers {CE_PREFIX}… with data in JSON"
_FORMAT = JSONFormat()
_KNOWN = frozenset({*REQUIRED_ATTRIBUTES, *OPTIONAL_ATTRIBUTES})


@dataclass(frozen=True, slots=True)
class Received:
    """The events of one request; `in_batch` says how a fault in one of them is located."""

    events: Sequence[CloudEvent]
    in_batch: bool = field(default=False)


def check_media_type(headers: Mapping[str, str]) -> None:
    """Refuse a request that can't hold an event, before its body is read.

    Raises:
        Problem: its media type is none of those taken.
    """
    media_type = _media_type(headers)
    if media_type in {STRUCTURED, BATCH}:
        return
    is_binary = any(name.startswith(CE_PREFIX) for name in headers)
    if not is_binary or not _is_json(media_type):
        found = media_type or "no media type"
        without = "" if is_binary else f" and no header {CE_PREFIX}…"
        raise Problem(ProblemType.MEDIA_TYPE, f"{EXPECTED_MEDIA_TYPES}; found {found}{without}")


def read_events(headers: Mapping[str, str], body: bytes) -> Received:
    """Read the events of a request whose media type was checked; header names are in lower case.

    Raises:
        Problem: they are malformed.
    """
    media_type = _media_type(headers)
    if media_type == STRUCTURED:
        return Received([_read_record(parse_json(body), "")])
    if media_type == BATCH:
        records = parse_json(body)
        if not isinstance(records, list):
            raise _malformed(f"expected a batch as a JSON array; found {_name(records)}")
        return Received([_read_record(record, f"{index}.") for index, record in enumerate(records)], in_batch=True)
    return Received([_read_binary(headers, body, parse_json(body))])


def _read_record(record: object, at: str) -> CloudEvent:
    where = f"event {at[:-1]}" if at else "the event"
    if not isinstance(record, dict):
        raise _malformed(f"expected {where} as a JSON object; found {_name(record)}")
    present = {name: value for name, value in record.items() if value is not None}
    _check_required(present, at)
    event = _guarded(lambda: _FORMAT.read(LibraryEvent, orjson.dumps(present)), at)
    data: object = event.get_data()
    return _converted(event, present, parse_json(data) if isinstance(data, bytes) else data, at)


def _read_binary(headers: Mapping[str, str], body: bytes, data: object) -> CloudEvent:
    present = {name.removeprefix(CE_PREFIX): value for name, value in headers.items() if name.startswith(CE_PREFIX)}
    _check_required(present, "")
    event = _guarded(lambda: from_binary(HTTPMessage(dict(headers), body), _FORMAT, LibraryEvent), "")
    return _converted(event, present, data, "")


def _check_required(present: Mapping[str, object], at: str) -> None:
    missing = [name for name in REQUIRED_ATTRIBUTES if name not in present]
    if missing:
        faults = [(f"{at}{name}", "expected this attribute; found none") for name in missing]
        raise _malformed(f"expected the attributes {', '.join(REQUIRED_ATTRIBUTES)}; see errors", faults)


def _guarded(read: Any, at: str) -> BaseCloudEvent:
    try:
        event: BaseCloudEvent = read()
    except CloudEventValidationError as error:
        faults = [(f"{at}{name}", str(fault)) for name, found in error.errors.items() for fault in found]
        raise _malformed("expected a CloudEvent of specversion 1.0; see errors", faults) from error
    except (ValueError, TypeError) as error:
        raise _malformed(
            f"expected a CloudEvent of specversion 1.0; {error}", [(f"{at}(whole)", str(error))]
        ) from error
    return event


def _converted(event: BaseCloudEvent, present: Mapping[str, object], data: object, at: str) -> CloudEvent:
    attributes = event.get_attributes()
    extensions = {name: value for name, value in attributes.items() if name not in _KNOWN}
    structured = [name for name, value in extensions.items() if not isinstance(value, str | bool | int)]
    if structured:
        faults = [(f"{at}{name}", "expected text, a whole number or a boolean") for name in structured]
        raise _malformed("expected extension attributes of simple types; see errors", faults)
    time = event.get_time() if "time" in present else None
    return CloudEvent(
        id=event.get_id(),
        source=event.get_source(),
        type=event.get_type(),
        data=data,
        subject=event.get_subject(),
        time=None if time is None else time.isoformat(),
        datacontenttype=event.get_datacontenttype(),
        dataschema=event.get_dataschema(),
        extensions=extensions,
    )


def _malformed(detail: str, faults: Sequence[tuple[str, str]] = ()) -> Problem:
    return Problem(ProblemType.MALFORMED, detail, faults)


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _is_json(media_type: str) -> bool:
    return media_type in {"", "application/json", "text/json"} or media_type.endswith("+json")


def _name(value: object) -> str:
    return {dict: "an object", list: "an array", str: "text", type(None): "nothing"}.get(type(value), str(value)[:80])
