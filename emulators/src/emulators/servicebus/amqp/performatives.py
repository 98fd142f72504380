"""The frame bodies of AMQP 1.0 as tables: code, fields in wire order, defaults.

1. A field that a peer omits reads as None, or as the default that the specification gives it.
2. A field of another type than its annotation, or a number that its type can't hold, is a `DecodeError`: nobody behind
   this module needs to ask.
"""

import reprlib
from types import NoneType
from typing import NamedTuple, get_args, get_type_hints

from emulators.servicebus.amqp.decode import DecodeError, decode
from emulators.servicebus.amqp.encode import encode_list
from emulators.servicebus.amqp.values import Described, Symbol


class Open(NamedTuple):
    """Opens a connection."""

    container_id: str = ""
    hostname: str | None = None
    max_frame_size: int | None = 0xFFFFFFFF
    channel_max: int | None = 0xFFFF
    idle_time_out: int | None = None


class Begin(NamedTuple):
    """Begins a session on a channel."""

    remote_channel: int | None = None
    next_outgoing_id: int = 0
    incoming_window: int = 0
    outgoing_window: int = 0
    handle_max: int | None = 0xFFFFFFFF


class Attach(NamedTuple):
    """Attaches a link; `role` is true if the attaching peer receives."""

    name: str
    handle: int
    role: bool
    snd_settle_mode: int | None = 2
    rcv_settle_mode: int | None = 0
    source: Described | None = None
    target: Described | None = None
    unsettled: object = None
    incomplete_unsettled: bool | None = None
    initial_delivery_count: int | None = None
    max_message_size: int | None = None
    offered_capabilities: object = None
    desired_capabilities: object = None
    properties: dict[object, object] | None = None


class Flow(NamedTuple):
    """Tells windows and credit; without a handle it concerns the session alone."""

    next_incoming_id: int | None = None
    incoming_window: int = 0
    next_outgoing_id: int = 0
    outgoing_window: int = 0
    handle: int | None = None
    delivery_count: int | None = None
    link_credit: int | None = None
    available: int | None = None
    drain: bool | None = False
    echo: bool | None = False


class Transfer(NamedTuple):
    """Carries a message or a part of one."""

    handle: int
    delivery_id: int | None = None
    delivery_tag: bytes | None = None
    message_format: int | None = None
    settled: bool | None = None
    more: bool | None = False
    rcv_settle_mode: int | None = None
    state: object = None
    resume: bool | None = False
    aborted: bool | None = False


class Disposition(NamedTuple):
    """Tells the state of deliveries; `role` is true if the telling peer received them."""

    role: bool
    first: int
    last: int | None = None
    settled: bool | None = False
    state: Described | None = None


class Detach(NamedTuple):
    """Detaches a link."""

    handle: int
    closed: bool | None = False
    error: Described | None = None


class End(NamedTuple):
    """Ends a session."""

    error: Described | None = None


class Close(NamedTuple):
    """Closes a connection."""

    error: Described | None = None


class SaslInit(NamedTuple):
    """Chooses a mechanism."""

    mechanism: str
    initial_response: bytes | None = None


Performative = Open | Begin | Attach | Flow | Transfer | Disposition | Detach | End | Close | SaslInit

KINDS: dict[int, type[Performative]] = {
    0x10: Open,
    0x11: Begin,
    0x12: Attach,
    0x13: Flow,
    0x14: Transfer,
    0x15: Disposition,
    0x16: Detach,
    0x17: End,
    0x18: Close,
    0x41: SaslInit,
}

SASL_MECHANISMS = 0x40
SASL_OUTCOME = 0x44
OPEN, BEGIN, ATTACH, FLOW, TRANSFER, DISPOSITION, DETACH, END, CLOSE = range(0x10, 0x19)

_TEXT_MAX = 1024
_UINT_MAX = 0xFFFFFFFF
_NUMBER_MAX = {
    "snd_settle_mode": 2,
    "rcv_settle_mode": 1,
    "remote_channel": 0xFFFF,
    "channel_max": 0xFFFF,
    "max_message_size": 2**64 - 1,
}
_ALSO = {str: (Symbol,)}
_Rule = tuple[frozenset[type] | None, int]


def _rule(name: str, annotation: object) -> _Rule:
    """The types that a field may have, None for any, and its largest number."""
    parts = get_args(annotation) if NoneType in get_args(annotation) else (annotation,)
    if object in parts:
        return None, 2**64
    types = {getattr(part, "__origin__", part) for part in parts}
    return frozenset([*types, *(each for part in types for each in _ALSO.get(part, ()))]), _NUMBER_MAX.get(
        name, _UINT_MAX
    )


_RULES: dict[type[Performative], tuple[_Rule, ...]] = {
    kind: tuple(_rule(name, annotation) for name, annotation in get_type_hints(kind).items()) for kind in KINDS.values()
}


# What was found in order: for a kind of frame and the types of its fields, the places of numbers and their maximum.
_SEEN: dict[tuple[type, ...], tuple[tuple[int, int], ...]] = {}
_SEEN_MAX = 1024


def _check(kind: type[Performative], fields: list[object]) -> None:
    numbers = _SEEN.get((kind, *map(type, fields)))
    if numbers is None:
        _check_types(kind, fields)
        numbers = tuple((at, _RULES[kind][at][1]) for at, value in enumerate(fields) if type(value) is int)
        if len(_SEEN) < _SEEN_MAX:
            _SEEN[kind, *map(type, fields)] = numbers
    for at, most in numbers:
        if not 0 <= fields[at] <= most:  # type: ignore[operator]  # An int, as its type said.
            raise _misfit(kind, at, fields[at])


def _check_types(kind: type[Performative], fields: list[object]) -> None:
    for at, (value, (types, _)) in enumerate(zip(fields, _RULES[kind], strict=False)):
        if types is None or type(value) in types:
            continue
        name = kind._fields[at]
        if value is not None or name not in kind._field_defaults:
            raise _misfit(kind, at, value)
        fields[at] = kind._field_defaults[name]


def _misfit(kind: type[Performative], at: int, value: object) -> DecodeError:
    return DecodeError(f"field {kind._fields[at]} of {kind.__name__} can't be {reprlib.repr(value)}")


def read_performative(body: bytes, at: int = 0) -> tuple[Performative, int]:
    """The performative at an offset and the offset of the payload behind it."""
    described, end = decode(body, at)
    if not isinstance(described, Described) or not isinstance(described.value, list):
        raise DecodeError(f"a frame body must start with a described list, not with {reprlib.repr(described)}")
    kind = KINDS.get(described.descriptor) if isinstance(described.descriptor, int) else None
    if kind is None:
        raise DecodeError(f"there is no performative with descriptor {reprlib.repr(described.descriptor)}")
    fields = described.value[: len(_RULES[kind])]
    _check(kind, fields)
    try:
        return kind(*fields), end
    except TypeError as cause:
        raise DecodeError(f"{kind.__name__} lacks a mandatory field: {reprlib.repr(fields)}") from cause


def write_performative(code: int, *fields: object) -> bytes:
    """A frame body; trailing fields may be left out."""
    return bytes((0x00, 0x53, code)) + encode_list(fields)


def error(condition: str, description: str) -> Described:
    """An error as it stands in detach, end, close and rejected; the SDK reads all three fields uncounted."""
    return Described(0x1D, [Symbol(condition), shortened(description), None])


def shortened(text: str) -> str:
    """A text for a client: what it said itself may stand in there, at whatever length."""
    return text if len(text) <= _TEXT_MAX else f"{text[:_TEXT_MAX]} ..."
