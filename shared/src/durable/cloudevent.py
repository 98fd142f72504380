"""A CloudEvent (CloudEvents 1.0, JSON format) as it travels on topics `events` and `lifecycle`.

Only the attributes that this system reads are fields; the others travel along in `extensions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from durable.depth import PAYLOAD_DEPTH_MAX, is_deeper, may_be_deeper
from durable.errors import UndecodableMessage

CONTENT_TYPE = "application/cloudevents+json"
_FIELDS = ("id", "source", "type", "subject", "time", "datacontenttype", "dataschema")
_REQUIRED = ("id", "source", "type")
_PREFIXES = ("cloudEvents:", "cloudEvents_")


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """An event by anyone about anything; `(source, id)` identifies it."""

    id: str
    source: str
    type: str
    data: object = None
    subject: str | None = None
    time: str | None = None
    datacontenttype: str | None = None
    dataschema: str | None = None
    extensions: Mapping[str, object] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """Encode in the structured JSON format."""
        known = {name: getattr(self, name) for name in _FIELDS}
        present = {name: value for name, value in known.items() if value is not None}
        return orjson.dumps({"specversion": "1.0", **present, **self.extensions, "data": self.data})

    @staticmethod
    def from_json(body: bytes) -> CloudEvent:
        """Decode the structured JSON format.

        Raises:
            UndecodableMessage: it is no JSON object, of another specversion, or lacks id, source or type.
        """
        try:
            record = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise UndecodableMessage(f"expected a CloudEvent in JSON; found bytes that are no JSON: {error}") from error
        if may_be_deeper(body, PAYLOAD_DEPTH_MAX) and is_deeper(record, PAYLOAD_DEPTH_MAX):
            raise UndecodableMessage(f"expected a CloudEvent of at most {PAYLOAD_DEPTH_MAX} levels; found more")
        if not isinstance(record, dict):
            raise UndecodableMessage(f"expected a CloudEvent as a JSON object; found {type(record).__name__}")
        if record.pop("specversion", None) != "1.0":
            raise UndecodableMessage("expected a CloudEvent with specversion '1.0'; found none or another")
        faults = [name for name in _REQUIRED if not isinstance(record.get(name), str) or not record[name]]
        if faults:
            raise UndecodableMessage(
                f"expected a CloudEvent with text in {', '.join(_REQUIRED)}; missing: {', '.join(faults)}"
            )
        known = {name: record.pop(name) for name in _FIELDS if name in record}
        return CloudEvent(data=record.pop("data", None), extensions=record, **known)


def read_cloudevent(body: bytes, content_type: str, properties: Mapping[str, str]) -> CloudEvent:
    """Read an event off a topic, in the structured or the binary mode of the CloudEvents AMQP binding 1.0.

    Binary is what has its attributes in application properties, `cloudEvents:<attribute>` or `cloudEvents_<attribute>`.

    Raises:
        UndecodableMessage: it is no CloudEvent; says what was expected and found.
    """
    attributes = {
        name.removeprefix(prefix): value
        for prefix in _PREFIXES
        for name, value in properties.items()
        if name.startswith(prefix)
    }
    if not attributes or content_type.startswith(CONTENT_TYPE):
        return CloudEvent.from_json(body)
    try:
        data = orjson.loads(body) if body else None
    except orjson.JSONDecodeError as error:
        raise UndecodableMessage(f"expected JSON data in a binary CloudEvent; found none: {error}") from error
    if may_be_deeper(body, PAYLOAD_DEPTH_MAX) and is_deeper(data, PAYLOAD_DEPTH_MAX):
        raise UndecodableMessage(f"expected data of at most {PAYLOAD_DEPTH_MAX} levels; found more")
    record = {**attributes, "datacontenttype": content_type or "application/json", "data": data}
    return CloudEvent.from_json(orjson.dumps(record))
