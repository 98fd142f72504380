"""One of our spans as OTLP writes it, in protobuf's wire format.

Fields and types: opentelemetry/proto/trace/v1/trace.proto; wire format: https://protobuf.dev/programming-guides/encoding/.
What recurs from span to span (names, attributes with few values) is written once and kept. What is rare (failures) goes
through the generated classes, whose bytes are appended.
"""

from __future__ import annotations

from struct import Struct

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as EncodedSpan
from opentelemetry.proto.trace.v1.trace_pb2 import SpanFlags, Status

from durable.adapters.telemetry.ended import EXCEPTION, nanoseconds, told_error, told_exception
from durable.telemetry.context import TraceContext
from durable.telemetry.names import INSTANCE_ID, MESSAGING_MESSAGE_ID, RUN, TASK_ID, TURN
from durable.telemetry.span import Kind, Span, Value

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
_LINK = b"\x6a"
_LINK_FLAGS = Struct("<BI").pack(0x35, _HERE)


class SpanBytes:
    """Writes spans, and remembers what recurs."""

    def __init__(self) -> None:
        self._heads: dict[tuple[str, Kind], bytes] = {}
        self._attributes: dict[tuple[str, Value, type], bytes] = {}

    def of(self, span: Span) -> bytes:
        """Give the message `Span`, without its length."""
        context, parent = span.context, span.parent
        parts = [_TRACE_ID, context.trace_id.to_bytes(16, "big"), _SPAN_ID, context.span_id.to_bytes(8, "big")]
        if parent:
            parts += (_PARENT_ID, parent.to_bytes(8, "big"))
        parts.append(self._head(span.name, span.kind))
        parts.append(_TIMES.pack(_START_TAG, nanoseconds(span.start), _END_TAG, nanoseconds(span.end)))
        attribute = self._attribute
        parts += [attribute(key, value) for key, value in span.attributes.items()]
        parts += map(_link, span.links)
        parts.append(_failure(span) if span.failure is not None or span.error else _UNSET_STATUS)
        parts.append(_FLAGS_REMOTE if parent else _FLAGS_HERE)
        return b"".join(parts)

    def _head(self, name: str, kind: Kind) -> bytes:
        found = self._heads.get((name, kind))
        if found is None:
            if len(self._heads) >= _KEPT_MAX:
                self._heads.clear()
            written = EncodedSpan(name=name, kind=EncodedSpan.SpanKind.Name(kind.value))
            found = self._heads[name, kind] = bytes(written.SerializeToString())
        return found

    def _attribute(self, key: str, value: Value) -> bytes:
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


def _encoded(key: str, value: Value) -> bytes:
    if type(value) is str:
        return _ATTRIBUTE + with_length(_key(key) + b"\x12" + with_length(b"\x0a" + with_length(value.encode())))
    if type(value) is int and value >= 0:
        return _ATTRIBUTE + with_length(_key(key) + b"\x12" + with_length(b"\x18" + _varint(value)))
    return bytes(EncodedSpan(attributes=[KeyValue(key=key, value=_any(value))]).SerializeToString())


def _key(key: str) -> bytes:
    return b"\x0a" + with_length(key.encode())


def _any(value: object) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(string_value=str(value))


def _failure(span: Span) -> bytes:
    failed = EncodedSpan(status=Status(code=Status.StatusCode.STATUS_CODE_ERROR, message=told_error(span)))
    if span.failure is not None:
        told = [KeyValue(key=key, value=_any(value)) for key, value in told_exception(span.failure).items()]
        failed.events.add(name=EXCEPTION, time_unix_nano=nanoseconds(span.end), attributes=told)
    return bytes(failed.SerializeToString())


def _link(link: TraceContext) -> bytes:
    message = b"".join(
        (_TRACE_ID, link.trace_id.to_bytes(16, "big"), _SPAN_ID, link.span_id.to_bytes(8, "big"), _LINK_FLAGS)
    )
    return _LINK + with_length(message)
