"""Bytes to values, and past values.

1. Every reader takes the buffer, the place behind the constructor and the depth at which it stands, and returns the
   value and the place behind it.
2. `skip` passes over a value without building it: bodies are never decoded.
3. Malformed input raises `DecodeError`, never anything else. What a list, map or array says of its size is true.
4. What a few bytes can stand for is bounded: values are at most `DEPTH_MAX` levels deep, and an array of values that
   take no room has at most `EMPTY_ITEMS_MAX` of them.
"""

from collections.abc import Callable
from struct import Struct, error

from emulators.servicebus.amqp.values import Described, Symbol, Timestamp, Uuid

DEPTH_MAX = 64
EMPTY_ITEMS_MAX = 64

Reader = Callable[[bytes, int, int], tuple[object, int]]


class DecodeError(ValueError):
    """The bytes are not valid AMQP."""


def _constant(value: object) -> Reader:
    return lambda _, at, __: (value, at)


def _fixed(form: str, make: Callable[..., object] | None = None) -> Reader:
    layout = Struct(">" + form)
    size, unpack = layout.size, layout.unpack_from

    def read(data: bytes, at: int, _: int) -> tuple[object, int]:
        value = unpack(data, at)[0]
        return (value if make is None else make(value)), at + size

    return read


def _raw(size: int, make: Callable[[bytes], object]) -> Reader:
    return lambda data, at, _: (make(data[at : at + size]), at + size)


def _variable(width: int, make: Callable[[bytes], object]) -> Reader:
    def read(data: bytes, at: int, _: int) -> tuple[object, int]:
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


def _bounds(data: bytes, at: int, width: int, depth: int) -> tuple[int, int, int]:
    """The number of items of something compound, the place of the first one, and the end."""
    middle = at + width
    start = middle + width
    end = middle + int.from_bytes(data[at:middle], "big")
    count = int.from_bytes(data[middle:start], "big")
    if not start <= end <= len(data):
        raise DecodeError(f"a value of {end - middle} bytes is announced at offset {at} of {len(data)} bytes")
    if depth > DEPTH_MAX:
        raise DecodeError(f"the value at offset {at} is more than {DEPTH_MAX} levels deep")
    return count, start, end


def _check_end(data: bytes, at: int, end: int) -> None:
    if at != end:
        raise DecodeError(f"a value was announced to end at offset {end} of {len(data)} bytes and ends at {at}")


def _list(width: int) -> Reader:
    def read(data: bytes, at: int, depth: int) -> tuple[object, int]:
        count, at, end = _bounds(data, at, width, depth)
        if count > end - at:
            raise DecodeError(f"{count} items are announced at offset {at}, in {end - at} bytes")
        items = []
        for _ in range(count):
            item, at = _READERS[data[at]](data, at + 1, depth + 1)
            items.append(item)
        _check_end(data, at, end)
        return items, end

    return read


def _map(width: int) -> Reader:
    def read(data: bytes, at: int, depth: int) -> tuple[object, int]:
        count, at, end = _bounds(data, at, width, depth)
        if count > end - at or count % 2:
            raise DecodeError(f"{count} keys and values are announced at offset {at}, in {end - at} bytes")
        entries = {}
        for _ in range(count // 2):
            key, at = _READERS[data[at]](data, at + 1, depth + 1)
            entries[key], at = _READERS[data[at]](data, at + 1, depth + 1)
        _check_end(data, at, end)
        if 2 * len(entries) != count:
            raise DecodeError(f"the map that ends at offset {end} has a key twice")
        return entries, end

    return read


def _array(width: int) -> Reader:
    def read(data: bytes, at: int, depth: int) -> tuple[object, int]:
        count, at, end = _bounds(data, at, width, depth)
        if count == 0:
            return [], end
        code = data[at]
        if count > (EMPTY_ITEMS_MAX if code >> 4 == 0x4 else end - at):
            raise DecodeError(f"an array of {count} items is announced at offset {at}, in {end - at} bytes")
        descriptor, at = _READERS[data[at + 1]](data, at + 2, depth + 1) if code == 0 else (None, at)
        read_item = _READERS[data[at]]
        at += 1
        items = []
        for _ in range(count):
            item, at = read_item(data, at, depth + 1)
            items.append(item if code else Described(descriptor, item))
        _check_end(data, at, end)
        return items, end

    return read


def _described(data: bytes, at: int, depth: int) -> tuple[object, int]:
    if depth > DEPTH_MAX:
        raise DecodeError(f"the value at offset {at} is more than {DEPTH_MAX} levels deep")
    descriptor, at = _READERS[data[at]](data, at + 1, depth + 1)
    value, at = _READERS[data[at]](data, at + 1, depth + 1)
    return Described(descriptor, value), at


def _unknown(data: bytes, at: int, _: int) -> tuple[object, int]:
    raise DecodeError(f"there is no AMQP type with constructor 0x{data[at - 1]:02x} (offset {at - 1})")


_CONSTANTS: dict[int, object] = {0x40: None, 0x41: True, 0x42: False, 0x43: 0, 0x44: 0}
_KNOWN: dict[int, Reader] = {
    0x00: _described,
    **{code: _constant(value) for code, value in _CONSTANTS.items()},
    0x45: lambda _, at, __: ([], at),
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
        value, end = _READERS[data[at]](data, at + 1, 0)
    except (IndexError, error, UnicodeDecodeError, TypeError) as cause:
        raise DecodeError(f"the value at offset {at} of {len(data)} bytes can't be decoded: {cause}") from cause
    if end > len(data):
        raise DecodeError(f"the value at offset {at} ends at {end}, behind the {len(data)} bytes there are")
    return value, end


# Total length of the fixed encodings by high nibble; 0 marks what carries its size or a descriptor.
_FIXED_LENGTH = tuple({0x4: 1, 0x5: 2, 0x6: 3, 0x7: 5, 0x8: 9, 0x9: 17}.get(code >> 4, 0) for code in range(256))
# The number of bytes that tell the size, by high nibble.
_SIZE_WIDTH = tuple({0xA: 1, 0xC: 1, 0xE: 1, 0xB: 4, 0xD: 4, 0xF: 4}.get(code >> 4, 0) for code in range(256))


def skip(data: bytes, at: int) -> int:
    """The offset behind the value that starts at `at`, which may lie behind the end of the data."""
    try:
        code = data[at]
        length = _FIXED_LENGTH[code]
        if length:
            return at + length
        while code == 0:
            at = _skip_descriptor(data, at + 1)
            code = data[at]
    except IndexError as cause:
        raise DecodeError(f"a value runs past the end of {len(data)} bytes") from cause
    length, width = _FIXED_LENGTH[code], _SIZE_WIDTH[code]
    if length:
        return at + length
    if width == 0:
        raise DecodeError(f"there is no AMQP type with constructor 0x{code:02x} (offset {at})")
    behind = at + 1 + width
    return behind + int.from_bytes(data[at + 1 : behind], "big")


def _skip_descriptor(data: bytes, at: int) -> int:
    if data[at] == 0:
        raise DecodeError(f"the descriptor at offset {at} has a descriptor")
    return skip(data, at)
