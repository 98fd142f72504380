"""The properties of one message, as rules read and change them.

1. Everything is kept as it was encoded; single values are decoded when they are asked for.
2. The names of a sender's properties are compared without regard to case, like those of the system.
3. A message whose properties can't be decoded has none.
"""

from uuid import UUID

from emulators.servicebus.amqp.decode import DecodeError, decode, skip
from emulators.servicebus.amqp.encode import encode
from emulators.servicebus.amqp.sections import (
    APPLICATION_PROPERTIES,
    PROPERTIES,
    list_fields,
    map_section,
    raw_entries,
    section,
    spans,
)
from emulators.servicebus.amqp.values import Encoded, Symbol, Uuid
from emulators.servicebus.broker.content import Content

# Where each system property stands in section `properties`.
SYSTEM_FIELDS = {
    "messageid": 0,
    "to": 2,
    "label": 3,
    "subject": 3,
    "replyto": 4,
    "correlationid": 5,
    "contenttype": 6,
    "sessionid": 10,
    "replytosessionid": 12,
}
# What else rules may read, but not change: annotations, and what every new message has.
SYSTEM_ANNOTATIONS = {
    "partitionkey": "x-opt-partition-key",
    "viapartitionkey": "x-opt-via-partition-key",
    "deadlettersource": "x-opt-deadletter-source",
}
SYSTEM_CONSTANTS = {"deliverycount": 0}
SYSTEM_NAMES = SYSTEM_FIELDS.keys() | SYSTEM_ANNOTATIONS.keys() | SYSTEM_CONSTANTS.keys()
_CONTENT_TYPE = SYSTEM_FIELDS["contenttype"]
_FIELD_COUNT = 13
_NULL = encode(None)


class Properties:
    """What a message says of itself outside of its body."""

    def __init__(self, content: Content) -> None:
        self.original = content
        self._fields: list[bytes] = []
        self._entries: dict[str, tuple[bytes, bytes]] = {}
        self._rest: list[bytes] = []
        self._edited = False
        try:
            self._read(content.bare)
        except (DecodeError, IndexError):
            self._fields, self._entries = [], {}
        self._fields.extend([_NULL] * (_FIELD_COUNT - len(self._fields)))

    def system(self, name: str) -> object:
        """A system property by the lower case of its name; None if it is not set."""
        if name not in SYSTEM_FIELDS:
            return (
                SYSTEM_CONSTANTS.get(name) if name in SYSTEM_CONSTANTS else self._annotation(SYSTEM_ANNOTATIONS[name])
            )
        value = _decoded(self._fields[SYSTEM_FIELDS[name]])
        return _text(value) if isinstance(value, Uuid) else value

    def user(self, name: str) -> object:
        """A property that the sender gave; None if there is none."""
        entry = self._entries.get(name.lower())
        return None if entry is None else _decoded(entry[1])

    def has_user(self, name: str) -> bool:
        """Whether the sender gave such a property, be it null."""
        return name.lower() in self._entries

    def set_system(self, name: str, value: object) -> None:
        """Set a system property, or clear it with None."""
        field = SYSTEM_FIELDS[name]
        text = None if value is None else _text(value)
        self._fields[field] = encode(Symbol(text) if field == _CONTENT_TYPE and text and text.isascii() else text)
        self._edited = True

    def set_user(self, name: str, value: object) -> None:
        """Set a property as if the sender had given it."""
        key, _ = self._entries.get(name.lower(), (encode(name), b""))
        self._entries[name.lower()] = key, encode(value)
        self._edited = True

    def remove_user(self, name: str) -> None:
        """Take a property away, if it is there."""
        self._edited = self._entries.pop(name.lower(), None) is not None or self._edited

    def content(self) -> Content:
        """The message with the changes made so far."""
        if not self._edited:
            return self.original
        head = section(PROPERTIES, [Encoded(field) for field in self._fields])
        entries = map_section(APPLICATION_PROPERTIES, dict(self._entries.values()))
        bare = b"".join((head, entries, *self._rest))
        session_id = self.system("sessionid")
        message_id = self._fields[SYSTEM_FIELDS["messageid"]]
        return self.original._replace(
            bare=bare,
            message_id=b"" if message_id == _NULL else message_id,
            session_id=None if session_id is None else str(session_id),
        )

    def _annotation(self, name: str) -> object:
        raw, at = self.original.annotations, 0
        while at < len(raw):
            key, value_at = decode(raw, at)
            if key == name:
                return decode(raw, value_at)[0]
            at = skip(raw, value_at)
        return None

    def _read(self, bare: bytes) -> None:
        for code, start, value, end in spans(bare):
            if code == PROPERTIES:
                self._fields = _raw_fields(bare, value)
            elif code == APPLICATION_PROPERTIES:
                for key, raw in raw_entries(bare, value).items():
                    self._entries[str(_decoded(key)).lower()] = key, raw
            else:
                self._rest.append(bare[start:end])


def _raw_fields(payload: bytes, at: int) -> list[bytes]:
    count, at = list_fields(payload, at)
    fields = []
    for _ in range(min(count, _FIELD_COUNT)):
        end = skip(payload, at)
        fields.append(payload[at:end])
        at = end
    return fields


def _text(value: object) -> str:
    return str(UUID(bytes=bytes(value))) if isinstance(value, Uuid) else str(value)


def _decoded(raw: bytes) -> object:
    try:
        return decode(raw)[0]
    except DecodeError:
        return None
