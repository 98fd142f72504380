"""One of our spans as OTLP writes it, in protobuf's wire format.

Fields and types: opentelemetry/proto/trace/v1/trace.proto; wire format: https://protobuf.dev/programming-guides/encoding/.
What recurs from span to span (names, attributes with few values) is written once and kept. What is rare (links,
exceptions, statuses) goes through the generated classes, whose bytes are appended.
"""

from __future__ import annotations

from struct import Struct

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as EncodedSpan
from opentelemetry.proto.trace.v1.trace_pb2 import SpanFlags, Status
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Link
from opentelemetry.trace.status import StatusCode
from opentelemetry.util.types import AttributeValue

from durable.telemetry.names import INSTANCE_ID, MESSAGING_MESSAGE_ID, RUN, TASK_ID, TURN

# Attributes that nearly every span has another value of: to keep them would fill the memory.
_OFTEN_NEW = frozenset({INSTANCE_ID, RUN, TASK_ID, TURN, MESSAGING_MESSAGE_ID})
_KEPT_MAX = 10_000

_TRACE_ID, _SPAN_ID, _PARENT_ID = b"\x0a\x10", b"\x12\x08", b"\x22\x08"
_ATTRIBUTE = b"\x4a"
_TIMES = Struct("<BQBQ")
_START_TAG, _END_TAG = 0x39, 0x41
_UNSET_STATUS = b"\x7a\x00"
_FLAGS = Struct("<BBI")
_HERE = SpanFlags.SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK
_REMOTE = _HERE | SpanFlags.SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK
_FLAGS_HERE, _FLAGS_REMOTE = (_FLAGS.pack(0x85, 0x01, flags) for flags in (_HERE, _REMOTE))
_CODES = {code: Status.StatusCode.Value(f"STATUS_CODE_{code.name}") for code in StatusCode}


class SpanBytes:
    """Writes spans, and remembers what recurs."""

    def __init__(self) -> None:
        self._heads: dict[tuple[str, int], bytes] = {}
        self._attributes: dict[tuple[str, AttributeValue, type], bytes] = {}

    def of(self, span: ReadableSpan) -> bytes:
        """Give the message `Span`, without its length."""
        context, parent, attributes = span.context, span.parent, span.attributes
        assert context is not None
        parts = [_TRACE_ID, context.trace_id.to_bytes(16, "big"), _SPAN_ID, context.span_id.to_bytes(8, "big")]
        if parent is not None:
            parts += (_PARENT_ID, parent.span_id.to_bytes(8, "big"))
        parts.append(self._head(span.name, span.kind.value + 1))
        parts.append(_TIMES.pack(_START_TAG, span.start_time or 0, _END_TAG, span.end_time or 0))
        if attributes:
            parts += [self._attribute(key, value) for key, value in attributes.items()]
        if span.events or span.links:
            parts.append(_rare(span))
        parts.append(_UNSET_STATUS if span.status.status_code is StatusCode.UNSET else _status(span))
        parts.append(_FLAGS_REMOTE if parent is not None and parent.is_remote else _FLAGS_HERE)
        return b"".join(parts)

    def _head(self, name: str, kind: int) -> bytes:
        found = self._heads.get((name, kind))
        if found is None:
            if len(self._heads) >= _KEPT_MAX:
                self._heads.clear()
            found = self._heads[name, kind] = EncodedSpan(
                name=name, kind=EncodedSpan.SpanKind.Name(kind)
            ).SerializeToString()
        return found

    def _attribute(self, key: str, value: AttributeValue) -> bytes:
        if key in _OFTEN_NEW:
            return _encoded(key, value)
        pair = (key, value, value.__class__)
        found = self._attributes.get(pair)
        if found is None:
            if len(self._attributes) >= _KEPT_MAX:
                self._attributes.clear()
            found = self._attributes[pair] = _encoded(key, value)
        return found


def with_length(message: bytes) -> bytes:
    """Put the length of a message before it, as a varint."""
    return _varint(len(message)) + message


def _varint(number: int) -> bytes:
    return _VARINTS[number] if number < _SMALL else _written(number)


def _written(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


_SMALL = 1_000
_VARINTS = tuple(map(_written, range(_SMALL)))


def _encoded(key: str, value: AttributeValue) -> bytes:
    if type(value) is str:
        return _ATTRIBUTE + with_length(_key(key) + b"\x12" + with_length(b"\x0a" + with_length(value.encode())))
    if type(value) is int and value >= 0:
        return _ATTRIBUTE + with_length(_key(key) + b"\x12" + with_length(b"\x18" + _varint(value)))
    return bytes(EncodedSpan(attributes=[KeyValue(key=key, value=_any(value))]).SerializeToString())


def _key(key: str) -> bytes:
    return b"\x0a" + with_length(key.encode())


def _any(value: AttributeValue) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(string_value=str(value))


def _rare(span: ReadableSpan) -> bytes:
    rare = EncodedSpan(links=map(_link, span.links))
    for event in span.events:
        told = [KeyValue(key=key, value=_any(value)) for key, value in (event.attributes or {}).items()]
        rare.events.add(name=event.name, time_unix_nano=event.timestamp, attributes=told)
    return bytes(rare.SerializeToString())


def _status(span: ReadableSpan) -> bytes:
    status = Status(code=_CODES[span.status.status_code], message=span.status.description or "")
    return bytes(EncodedSpan(status=status).SerializeToString())


def _link(link: Link) -> EncodedSpan.Link:
    trace_id, span_id = link.context.trace_id.to_bytes(16, "big"), link.context.span_id.to_bytes(8, "big")
    return EncodedSpan.Link(trace_id=trace_id, span_id=span_id, flags=_REMOTE if link.context.is_remote else _HERE)
