"""Messages as sections: taken apart by skipping, put together from raw bytes.

1. The bare message (properties, application properties, body, footer) is kept as the sender encoded it.
2. Sections may come in any order: the Python SDK writes delivery annotations behind the body.
3. Malformed input raises `DecodeError`, never anything else.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import NamedTuple, ParamSpec, TypeVar

from emulators.servicebus.amqp.decode import DecodeError, decode, skip
from emulators.servicebus.amqp.encode import encode
from emulators.servicebus.amqp.soundness import check, check_binary, check_list, check_map
from emulators.servicebus.amqp.values import Described, Symbol

HEADER, DELIVERY_ANNOTATIONS, MESSAGE_ANNOTATIONS, PROPERTIES, APPLICATION_PROPERTIES, DATA = range(0x70, 0x76)
AMQP_SEQUENCE, AMQP_VALUE, FOOTER = 0x76, 0x77, 0x78
BATCH_FORMAT = 0x80013700

_CHECKS: dict[int, Callable[[bytes, int, int], None]] = {
    PROPERTIES: check_list,
    APPLICATION_PROPERTIES: check_map,
    DATA: check_binary,
    AMQP_SEQUENCE: check_list,
    AMQP_VALUE: check,
    FOOTER: check_map,
}
_MESSAGE_ID_FIELD = 0
_GROUP_ID_FIELD = 10


Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def _bounded(read: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Make a reader tell of an end that comes too early as of any other fault."""

    @wraps(read)
    def careful(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            return read(*args, **kwargs)
        except IndexError as cause:
            raise DecodeError("the message breaks off inside a section") from cause

    return careful


class Span(NamedTuple):
    """Where a section lies: `start` at its descriptor, `value` behind it."""

    code: int
    start: int
    value: int
    end: int


def spans(payload: bytes) -> Iterator[Span]:
    """The sections of an encoded message in the order in which they stand."""
    at, end = 0, len(payload)
    while at < end:
        try:
            if payload[at] != 0:
                raise DecodeError(f"a section must start with a descriptor, found 0x{payload[at]:02x} at offset {at}")
            if payload[at + 1] == 0x53:
                code, value = payload[at + 2], at + 3
            else:
                descriptor, value = decode(payload, at + 1)
                code = descriptor if isinstance(descriptor, int) else 0
            behind = skip(payload, value)
        except IndexError as cause:
            raise DecodeError(f"the message of {end} bytes breaks off inside the section at offset {at}") from cause
        if behind > end:
            raise DecodeError(f"the section at offset {at} ends at {behind}, behind the {end} bytes of the message")
        yield Span(code, at, value, behind)
        at = behind


def check_section(code: int, payload: bytes, at: int, end: int) -> None:
    """Raise `DecodeError` unless the value of a section of the bare message is sound and of the right type."""
    checked = _CHECKS.get(code)
    if checked is None:
        raise DecodeError(f"there is no section with descriptor {code}")
    checked(payload, at, end)


def batch_members(payload: bytes) -> list[bytes]:
    """The encoded messages inside a batch: one for each data section of the envelope."""
    members = []
    for span in spans(payload):
        if span.code == DATA:
            check_binary(payload, span.value, span.end)
            wide = payload[span.value] == 0xB0
            members.append(payload[span.value + (5 if wide else 2) : span.end])
    return members


@_bounded
def list_fields(payload: bytes, at: int) -> tuple[int, int]:
    """The number of fields of a list and the offset of the first one."""
    constructor = payload[at]
    if constructor == 0xC0:
        return payload[at + 2], at + 3
    if constructor == 0xD0:
        return int.from_bytes(payload[at + 5 : at + 9], "big"), at + 9
    if constructor == 0x45:
        return 0, at + 1
    raise DecodeError(f"a list was expected at offset {at}, found constructor 0x{constructor:02x}")


@_bounded
def identity(payload: bytes, properties_at: int) -> tuple[bytes, str | None]:
    """The message id (as encoded; empty if none) and the group id of a properties section."""
    count, at = list_fields(payload, properties_at)
    if count == 0:
        return b"", None
    end = skip(payload, at)
    message_id = b"" if payload[at] == 0x40 else payload[at:end]
    if count <= _GROUP_ID_FIELD:
        return message_id, None
    for _ in range(_GROUP_ID_FIELD - _MESSAGE_ID_FIELD - 1):
        end = skip(payload, end)
    if payload[end] == 0x40:
        return message_id, None
    group_id, _ = decode(payload, end)
    if not isinstance(group_id, str):
        raise DecodeError(f"the group id must be a text, found one of type {type(group_id).__name__}")
    return message_id, str(group_id)


def with_application_properties(bare: bytes, extra: Mapping[str, object]) -> bytes:
    """The bare message with entries set in its application properties."""
    parts = list(spans(bare))
    properties: dict[bytes, bytes] = {}
    for span in parts:
        if span.code == APPLICATION_PROPERTIES:
            properties = raw_entries(bare, span.value)
    for name, value in extra.items():
        properties[encode(name)] = encode(value)
    section = map_section(APPLICATION_PROPERTIES, properties)
    before = [bare[span.start : span.end] for span in parts if span.code <= PROPERTIES]
    after = [bare[span.start : span.end] for span in parts if span.code > APPLICATION_PROPERTIES]
    return b"".join([*before, section, *after])


@_bounded
def raw_entries(payload: bytes, at: int) -> dict[bytes, bytes]:
    """The entries of a map, keys and values as they are encoded."""
    entries: dict[bytes, bytes] = {}
    if payload[at] not in {0xC1, 0xD1}:
        raise DecodeError(f"a map was expected at offset {at}, found constructor 0x{payload[at]:02x}")
    wide = payload[at] == 0xD1
    count = int.from_bytes(payload[at + 5 : at + 9], "big") if wide else payload[at + 2]
    at += 9 if wide else 3
    for _ in range(count // 2):
        value_at = skip(payload, at)
        end = skip(payload, value_at)
        entries[payload[at:value_at]] = payload[value_at:end]
        at = end
    return entries


def map_section(code: int, entries: dict[bytes, bytes]) -> bytes:
    """A section that is a map, from encoded keys and values."""
    content = b"".join([part for pair in entries.items() for part in pair])
    size, count = len(content) + 4, 2 * len(entries)
    return bytes((0, 0x53, code, 0xD1)) + size.to_bytes(4, "big") + count.to_bytes(4, "big") + content


def section(code: int, value: object) -> bytes:
    """One encoded section."""
    return encode(Described(code, value))


def symbols(entries: dict[str, object]) -> dict[object, object]:
    """The same map with symbols for keys, as annotations have them."""
    return {Symbol(name): value for name, value in entries.items()}
