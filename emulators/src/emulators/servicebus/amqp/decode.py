"""Bytes to values, and past values.

1. Every reader takes the buffer and the place behind the constructor and returns the value and the place behind it.
2. `skip` passes over a value without building it: bodies are never decoded.
3. Malformed input raises `DecodeError`, never anything else.
"""

from collections.abc import Callable
from struct import Struct, error

from emulators.servicebus.amqp.values import Described, Symbol, Timestamp, Uuid

Reader = Callable[[bytes, int], tuple[object, int]]


class DecodeError(ValueError):
    """The bytes are not valid AMQP."""


def _constant(value: object) -> Reader:
    return lambda _, at: (value, at)


def _fixed(form: str, make: Callable[..., object] | None = None) -> Reader:
    layout = Struct(">" + form)
    size, unpack = layout.size, layout.unpack_from

    def read(data: bytes, at: int) -> tuple[object, int]:
        value = unpack(data, at)[0]
        return (value if make is None else make(value)), at + size

    return read


def _raw(size: int, make: Callable[[bytes], object]) -> Reader:
    return lambda data, at: (make(data[at : at + size]), at + size)


def _variable(width: int, make: Callable[[bytes], object]) -> Reader:
    def read(data: bytes, at: int) -> tuple[object, int]:
        start = at + width
        end = start + int.from_bytes(data[at:start], "big")
        if end > len(data):
            raise DecodeError(f"a value of {end - start} bytes at offset {at} runs past the end of {len(data)} bytes")
        return make(data[start:end]), end

    return read


def _text(data: bytes) -> str:
    return data.decode()


def _symbol(data: bytes) -> Symbol:
    return Symbol(data.decode("ascii"))


def _counted(data: bytes, at: int, width: int) -> tuple[int, int]:
    start = at + 2 * width
    count = int.from_bytes(data[at + width : start], "big")
    if count > len(data):
        raise DecodeError(f"{count} elements are announced at offset {at} in {len(data)} bytes")
    return count, start


def _list(width: int) -> Reader:
    def read(data: bytes, at: int) -> tuple[object, int]:
        count, at = _counted(data, at, width)
        items = []
        for _ in range(count):
            item, at = _READERS[data[at]](data, at + 1)
            items.append(item)
        return items, at

    return read


def _map(width: int) -> Reader:
    def read(data: bytes, at: int) -> tuple[object, int]:
        count, at = _counted(data, at, width)
        entries = {}
        for _ in range(count // 2):
            key, at = _READERS[data[at]](data, at + 1)
            entries[key], at = _READERS[data[at]](data, at + 1)
        return entries, at

    return read


def _array(width: int) -> Reader:
    def read(data: bytes, at: int) -> tuple[object, int]:
        end = at + width + int.from_bytes(data[at : at + width], "big")
        count, at = _counted(data, at, width)
        if count == 0:
            return [], end
        read_item = _READERS[data[at]]
        at += 1
        items = []
        for _ in range(count):
            item, at = read_item(data, at)
            items.append(item)
        return items, at

    return read


def _described(data: bytes, at: int) -> tuple[object, int]:
    descriptor, at = _READERS[data[at]](data, at + 1)
    value, at = _READERS[data[at]](data, at + 1)
    return Described(descriptor, value), at


def _unknown(data: bytes, at: int) -> tuple[object, int]:
    raise DecodeError(f"there is no AMQP type with constructor 0x{data[at - 1]:02x} (offset {at - 1})")


_CONSTANTS: dict[int, object] = {0x40: None, 0x41: True, 0x42: False, 0x43: 0, 0x44: 0}
_KNOWN: dict[int, Reader] = {
    0x00: _described,
    **{code: _constant(value) for code, value in _CONSTANTS.items()},
    0x45: lambda _, at: ([], at),
    0x50: _fixed("B"),
    0x51: _fixed("b"),
    0x52: _fixed("B"),
    0x53: _fixed("B"),
    0x54: _fixed("b"),
    0x55: _fixed("b"),
    0x56: _fixed("B", bool),
    0x60: _fixed("H"),
    0x61: _fixed("h"),
    0x70: _fixed("I"),
    0x71: _fixed("i"),
    0x72: _fixed("f"),
    0x73: _raw(4, lambda data: data.decode("utf-32-be")),
    0x74: _raw(4, bytes),
    0x80: _fixed("Q"),
    0x81: _fixed("q"),
    0x82: _fixed("d"),
    0x83: _fixed("q", Timestamp),
    0x84: _raw(8, bytes),
    0x94: _raw(16, bytes),
    0x98: _raw(16, Uuid),
    0xA0: _variable(1, bytes),
    0xA1: _variable(1, _text),
    0xA3: _variable(1, _symbol),
    0xB0: _variable(4, bytes),
    0xB1: _variable(4, _text),
    0xB3: _variable(4, _symbol),
    0xC0: _list(1),
    0xC1: _map(1),
    0xD0: _list(4),
    0xD1: _map(4),
    0xE0: _array(1),
    0xF0: _array(4),
}
_READERS: tuple[Reader, ...] = tuple(_KNOWN.get(code, _unknown) for code in range(256))


def decode(data: bytes, at: int = 0) -> tuple[object, int]:
    """The value at an offset and the offset behind it."""
    try:
        value, end = _READERS[data[at]](data, at + 1)
    except (IndexError, error, UnicodeDecodeError, TypeError, RecursionError) as cause:
        raise DecodeError(f"the value at offset {at} of {len(data)} bytes can't be decoded: {cause}") from cause
    if end > len(data):
        raise DecodeError(f"the value at offset {at} ends at {end}, behind the {len(data)} bytes there are")
    return value, end


# Total length of the fixed encodings by high nibble; 0 marks what carries its size or a descriptor.
_FIXED_LENGTH = tuple({0x4: 1, 0x5: 2, 0x6: 3, 0x7: 5, 0x8: 9, 0x9: 17}.get(code >> 4, 0) for code in range(256))
_SHORT_SIZE = frozenset((0xA, 0xC, 0xE))


def skip(data: bytes, at: int) -> int:
    """The offset behind the value that starts at `at`."""
    code = data[at]
    length = _FIXED_LENGTH[code]
    if length:
        return at + length
    if code == 0:
        return skip(data, skip(data, at + 1))
    if code >> 4 in _SHORT_SIZE:
        return at + 2 + data[at + 1]
    return at + 5 + int.from_bytes(data[at + 1 : at + 5], "big")
