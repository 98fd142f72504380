"""Values to bytes.

1. Descriptors below 256 become small ulongs (`00 53 xx`): the Python SDK reads the third byte as the code without
   looking.
2. Scalars take their shortest form, except in arrays, where all items share one constructor.
"""

from collections.abc import Callable
from struct import Struct

from emulators.servicebus.amqp.values import (
    Array,
    Described,
    Encoded,
    Int,
    Symbol,
    Timestamp,
    Ubyte,
    Uint,
    Ulong,
    Ushort,
    Uuid,
)

_U16 = Struct(">H")
_U32 = Struct(">I")
_U64 = Struct(">Q")
_I32 = Struct(">i")
_I64 = Struct(">q")
_F64 = Struct(">d")


def _signed(short: int, long: int, wide: Struct) -> Callable[[int], bytes]:
    def write(value: int) -> bytes:
        return bytes((short, value & 0xFF)) if -128 <= value < 128 else bytes((long,)) + wide.pack(value)

    return write


def _unsigned(zero: int, short: int, long: int, wide: Struct) -> Callable[[int], bytes]:
    def write(value: int) -> bytes:
        if value == 0:
            return bytes((zero,))
        return bytes((short, value)) if value < 256 else bytes((long,)) + wide.pack(value)

    return write


def _sized(short: int, long: int, data: bytes) -> bytes:
    size = len(data)
    return bytes((short, size)) + data if size < 256 else bytes((long,)) + _U32.pack(size) + data


def _compound(short: int, long: int, count: int, content: bytes) -> bytes:
    if len(content) < 255 and count < 256:
        return bytes((short, len(content) + 1, count)) + content
    return bytes((long,)) + _U32.pack(len(content) + 4) + _U32.pack(count) + content


def encode_list(fields: list[object] | tuple[object, ...]) -> bytes:
    """A list; the empty one takes a single byte."""
    if not fields:
        return b"\x45"
    return _compound(0xC0, 0xD0, len(fields), b"".join([encode(field) for field in fields]))


def _encode_map(entries: dict[object, object]) -> bytes:
    content = b"".join([encode(key) + encode(value) for key, value in entries.items()])
    return _compound(0xC1, 0xD1, 2 * len(entries), content)


def _encode_described(value: Described) -> bytes:
    descriptor = value.descriptor
    head = encode(Ulong(descriptor) if isinstance(descriptor, int) and not isinstance(descriptor, bool) else descriptor)
    return b"\x00" + (b"\x53\x00" if head == b"\x44" else head) + encode(value.value)


_ITEMS: dict[type, tuple[int, Callable[..., bytes]]] = {
    int: (0x81, _I64.pack),
    Int: (0x71, _I32.pack),
    Uint: (0x70, _U32.pack),
    Ulong: (0x80, _U64.pack),
    Timestamp: (0x83, _I64.pack),
    Uuid: (0x98, bytes),
    str: (0xB1, lambda item: _U32.pack(len(item.encode())) + item.encode()),
    Symbol: (0xB3, lambda item: _U32.pack(len(item)) + item.encode("ascii")),
    bytes: (0xB0, lambda item: _U32.pack(len(item)) + item),
}


def _encode_array(array: Array) -> bytes:
    if not array.items:
        return b"\xe0\x02\x00\x40"
    constructor, write = _ITEMS[type(array.items[0])]
    content = bytes((constructor,)) + b"".join([write(item) for item in array.items])
    return _compound(0xE0, 0xF0, len(array.items), content)


_WRITERS: dict[type, Callable[..., bytes]] = {
    type(None): lambda _: b"\x40",
    bool: lambda value: b"\x41" if value else b"\x42",
    int: _signed(0x55, 0x81, _I64),
    Int: _signed(0x54, 0x71, _I32),
    Ubyte: lambda value: bytes((0x50, value)),
    Ushort: lambda value: b"\x60" + _U16.pack(value),
    Uint: _unsigned(0x43, 0x52, 0x70, _U32),
    Ulong: _unsigned(0x44, 0x53, 0x80, _U64),
    float: lambda value: b"\x82" + _F64.pack(value),
    Timestamp: lambda value: b"\x83" + _I64.pack(value),
    Uuid: lambda value: b"\x98" + value,
    bytes: lambda value: _sized(0xA0, 0xB0, value),
    str: lambda value: _sized(0xA1, 0xB1, value.encode()),
    Symbol: lambda value: _sized(0xA3, 0xB3, value.encode("ascii")),
    list: encode_list,
    tuple: encode_list,
    dict: _encode_map,
    Array: _encode_array,
    Described: _encode_described,
    Encoded: lambda value: value.data,
}


def encode(value: object) -> bytes:
    """The encoding of one value; a `KeyError` names a Python type that AMQP has no place for."""
    return _WRITERS[type(value)](value)
