"""A message as the bytes of AMQP 1.0: annotations, properties, application properties, data.

Encoding here costs a tenth of what the SDK's general encoder takes, which runs twice for each message of a batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from durable.messages import Message

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NULL = b"\x40"
_ANNOTATIONS, _PROPERTIES, _APPLICATION, _DATA = (b"\x00\x53" + code for code in (b"\x72", b"\x73", b"\x74", b"\x75"))
_SCHEDULED = b"\xa3\x1cx-opt-scheduled-enqueue-time"
_NULLS_TO_CONTENT_TYPE, _NULLS_TO_GROUP = _NULL * 5, _NULL * 3


def encode_message(message: Message) -> bytes:
    """Give the bare message with what the broker needs to know of it."""
    parts = [_PROPERTIES, _list(*_properties(message))]
    if message.due is not None:
        parts = [_ANNOTATIONS, _map([_SCHEDULED, _timestamp(message.due)]), *parts]
    if message.properties:
        items = [_text(text) for pair in message.properties.items() for text in pair]
        parts += (_APPLICATION, _map(items))
    parts += (_DATA, _sized(b"\xa0", b"\xb0", message.body))
    return b"".join(parts)


def _properties(message: Message) -> tuple[int, bytes]:
    kind = _sized(b"\xa3", b"\xb3", message.content_type.encode()) if message.content_type else _NULL
    fields = _text(message.id) if message.id else _NULL
    if message.session is None:
        return 7, fields + _NULLS_TO_CONTENT_TYPE + kind
    return 11, fields + _NULLS_TO_CONTENT_TYPE + kind + _NULLS_TO_GROUP + _text(message.session)


def _text(text: str) -> bytes:
    return _sized(b"\xa1", b"\xb1", text.encode())


def _sized(small: bytes, large: bytes, content: bytes) -> bytes:
    size = len(content)
    if size < 256:
        return small + size.to_bytes(1, "big") + content
    return large + size.to_bytes(4, "big") + content


def _list(count: int, content: bytes) -> bytes:
    return _compound(b"\xc0", b"\xd0", count, content)


def _map(items: Sequence[bytes]) -> bytes:
    return _compound(b"\xc1", b"\xd1", len(items), b"".join(items))


def _compound(small: bytes, large: bytes, count: int, content: bytes) -> bytes:
    size = len(content)
    if size < 255 and count < 256:
        return small + bytes((size + 1, count)) + content
    return large + (size + 4).to_bytes(4, "big") + count.to_bytes(4, "big") + content


def _timestamp(moment: datetime) -> bytes:
    milliseconds = -((_EPOCH - moment) // timedelta(milliseconds=1))  # Rounded up: never before it is due.
    return b"\x83" + milliseconds.to_bytes(8, "big", signed=True)
