"""One CloudEvent as it comes, structured or in binary mode, by the `cloudevents` library.

1. The library fills in what a sender left out (an id, a time). An id made here would make every repeat a new event, so
   what is required must be there before the library sees it, and a time that it made up is dropped.
2. An attribute that is null counts as not there, as the JSON format says.
3. What breaks the rules of CloudEvents is malformed; whether this application takes the event is asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from ingestor.malformed import kind_of, malformed

_FORMAT = JSONFormat()
_KNOWN = frozenset({*REQUIRED_ATTRIBUTES, *OPTIONAL_ATTRIBUTES})


def read_cloud_event(record: object, at: str = "") -> CloudEvent:
    """Read an event in the JSON format; `at` locates it in a batch, as in `2.`.

    Raises:
        Problem: it is malformed.
    """
    where = f"event {at[:-1]}" if at else "the event"
    if not isinstance(record, dict):
        raise malformed(f"expected {where} as a JSON object; found {kind_of(record)}")
    present = {name: value for name, value in record.items() if value is not None}
    _check_required(present, at)
    event = _guarded(lambda: _FORMAT.read(LibraryEvent, orjson.dumps(present)), at)
    data: object = event.get_data()
    return _converted(event, present, parse_json(data) if isinstance(data, bytes) else data, at)


def read_binary(headers: Mapping[str, str], body: bytes) -> CloudEvent:
    """Read an event whose attributes are headers, named in lower case. Errors as `read_cloud_event`."""
    data = parse_json(body)
    present = {name.removeprefix(CE_PREFIX): value for name, value in headers.items() if name.startswith(CE_PREFIX)}
    _check_required(present, "")
    event = _guarded(lambda: from_binary(HTTPMessage(dict(headers), body), _FORMAT, LibraryEvent), "")
    return _converted(event, present, data, "")


def _check_required(present: Mapping[str, object], at: str) -> None:
    missing = [name for name in REQUIRED_ATTRIBUTES if name not in present]
    if missing:
        faults = [(f"{at}{name}", "expected this attribute; found none") for name in missing]
        raise malformed(f"expected the attributes {', '.join(REQUIRED_ATTRIBUTES)}; see errors", faults)


def _guarded(read: Any, at: str) -> BaseCloudEvent:
    try:
        event: BaseCloudEvent = read()
    except CloudEventValidationError as error:
        faults = [(f"{at}{name}", str(fault)) for name, found in error.errors.items() for fault in found]
        raise malformed("expected a CloudEvent of specversion 1.0; see errors", faults) from error
    except (ValueError, TypeError) as error:
        raise malformed(f"expected a CloudEvent of specversion 1.0; {error}", [(f"{at}(whole)", str(error))]) from error
    return event


def _converted(event: BaseCloudEvent, present: Mapping[str, object], data: object, at: str) -> CloudEvent:
    attributes = event.get_attributes()
    extensions = {name: value for name, value in attributes.items() if name not in _KNOWN}
    structured = [name for name, value in extensions.items() if not isinstance(value, str | bool | int)]
    if structured:
        faults = [(f"{at}{name}", "expected text, a whole number or a boolean") for name in structured]
        raise malformed("expected extension attributes of simple types; see errors", faults)
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
