"""Whether encoded values are sound, without building them: what the endpoint passes on, every receiver can decode.

`check` accepts exactly what `decode` can read, but for what only a decoder sees: keys that come twice.
"""

from emulators.servicebus.amqp.decode import DEPTH_MAX, DecodeError, decode

_NULL = 0x40
_WIDTHS = {0x4: 1, 0x5: 2, 0x6: 3, 0x7: 5, 0x8: 9, 0x9: 17}
_CODES = (0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x60, 0x61, 0x70, 0x71, 0x72)
_MORE_CODES = (0x74, 0x80, 0x81, 0x82, 0x83, 0x84, 0x94, 0x98)
# Total length of the values whose length says all there is to check.
_FIXED = tuple(_WIDTHS[code >> 4] if code in {*_CODES, *_MORE_CODES} else 0 for code in range(256))
_SHORT_TEXTS = {0xA1: "utf-8", 0xA3: "ascii"}
_BINARIES = {0xA0: 1, 0xB0: 4}
_TEXTS = {0xA1: 1, 0xB1: 4, 0xA3: 1, 0xB3: 4}
_SYMBOLS = (0xA3, 0xB3)
_LISTS = {0xC0: 1, 0xD0: 4}
_MAPS = {0xC1: 1, 0xD1: 4}
_COMPOUNDS = _LISTS | _MAPS
_EMPTY_LIST = 0x45


def check(data: bytes, at: int, end: int) -> None:
    """Raise `DecodeError` unless one sound value fills the bytes from `at` to `end`."""
    try:
        _check_items(data, at, end, 1, 0)
    except (IndexError, UnicodeDecodeError) as cause:
        raise DecodeError(f"the value at offset {at} of {len(data)} bytes can't be decoded: {cause}") from cause


def check_binary(data: bytes, at: int, _: int) -> None:
    """Raise `DecodeError` unless a binary stands here: what a data section holds, whose end tells its size."""
    if data[at] not in _BINARIES:
        raise DecodeError(f"binary data was expected at offset {at}, found constructor 0x{data[at]:02x}")


def check_list(data: bytes, at: int, end: int) -> None:
    """The same for a list."""
    code = data[at]
    if code == 0xC0 and at + 2 + data[at + 1] == end:
        _check_short(data, at, end)
    elif code in _LISTS or code == _EMPTY_LIST:
        check(data, at, end)
    else:
        raise DecodeError(f"a list was expected at offset {at}, found constructor 0x{code:02x}")


def check_map(data: bytes, at: int, end: int) -> None:
    """The same for a map, or null."""
    code = data[at]
    if code == 0xC1 and at + 2 + data[at + 1] == end and not data[at + 2] & 1:
        _check_short(data, at, end)
    elif code in _MAPS or code == _NULL:
        check(data, at, end)
    else:
        raise DecodeError(f"a map was expected at offset {at}, found constructor 0x{code:02x}")


def _check_short(data: bytes, at: int, end: int) -> None:
    try:
        _check_items(data, at + 3, end, data[at + 2], 1)
    except (IndexError, UnicodeDecodeError) as cause:
        raise DecodeError(f"the value at offset {at} of {len(data)} bytes can't be decoded: {cause}") from cause


def _check_items(data: bytes, at: int, end: int, count: int, depth: int) -> None:
    for _ in range(count):
        code = data[at]
        length = _FIXED[code]
        if length:
            at += length
        elif code in _SHORT_TEXTS:
            start = at + 2
            at = start + data[at + 1]
            str(data[start:at], _SHORT_TEXTS[code])
        else:
            at = _behind(data, at, end, depth + 1)
        if at > end:
            break
    if at != end:
        raise DecodeError(f"a value was announced to end at offset {end} of {len(data)} bytes and ends at {at}")


def _behind(data: bytes, at: int, end: int, depth: int) -> int:
    """The offset behind a value that is not of fixed length, or needs a closer look."""
    code = data[at]
    if code in _BINARIES or code in _TEXTS:
        return _behind_text(data, at, end)
    if depth > DEPTH_MAX:
        raise DecodeError(f"the value at offset {at} is more than {DEPTH_MAX} levels deep")
    if code in _COMPOUNDS:
        count, start, stop = _extent(data, at + 1, end, _COMPOUNDS[code])
        if count > stop - start or (code in _MAPS and count % 2):
            raise DecodeError(f"{count} items are announced at offset {at}, in {stop - start} bytes")
        _check_items(data, start, stop, count, depth)
        return stop
    if code == 0:
        value_at = _behind_one(data, at + 1, end, depth)
        return _behind_one(data, value_at, end, depth)
    _, stop = decode(data, at)  # Arrays, characters and what does not exist: rare, and the decoder knows best.
    return stop


def _behind_one(data: bytes, at: int, end: int, depth: int) -> int:
    length = _FIXED[data[at]]
    return at + length if length else _behind(data, at, end, depth + 1)


def _behind_text(data: bytes, at: int, end: int) -> int:
    code = data[at]
    start = at + 1 + (_BINARIES.get(code) or _TEXTS[code])
    stop = start + int.from_bytes(data[at + 1 : start], "big")
    if stop > end:
        raise DecodeError(f"a value of {stop - start} bytes at offset {at} runs past offset {end}")
    if code in _TEXTS:
        data[start:stop].decode("ascii" if code in _SYMBOLS else "utf-8")
    return stop


def _extent(data: bytes, at: int, end: int, width: int) -> tuple[int, int, int]:
    middle = at + width
    start = middle + width
    stop = middle + int.from_bytes(data[at:middle], "big")
    if not start <= stop <= end:
        raise DecodeError(f"a value of {stop - middle} bytes is announced at offset {at}, before offset {end}")
    return int.from_bytes(data[middle:start], "big"), start, stop
