"""Encoded values that ask for more than they bring: each is a few bytes that promise gigabytes, or that never end."""

WIDE = b"\xff\xff\xff\xff"
LEVELS = 20_000


def announced(constructor: int, size: int, count: int, content: bytes = b"") -> bytes:
    """A list, map or array of the long form that says what it likes about itself."""
    return bytes((constructor,)) + size.to_bytes(4, "big") + count.to_bytes(4, "big") + content


def nested_lists(levels: int) -> bytes:
    """Lists of one item each, all of them true about their size."""
    data = b"\x45"
    for _ in range(levels):
        data = announced(0xD0, len(data) + 4, 1, data)
    return data


def arrays_of_arrays_of_nulls(outer: int, inner: int) -> bytes:
    """An array whose items are arrays of values that take no room."""
    item = (5).to_bytes(4, "big") + inner.to_bytes(4, "big") + b"\x40"
    content = b"\xf0" + item * outer
    return announced(0xF0, len(content) + 4, outer, content)


HOSTILE = {
    "a list of 2^32-1 items": announced(0xD0, 4, 2**32 - 1),
    "a list of 2^32-1 bytes": announced(0xD0, 2**32 - 1, 1, b"\x40"),
    "a list of less than no bytes": announced(0xD0, 0, 1, b"\x40"),
    "a short list of less than no bytes": b"\xc0\x00\x01\x40",
    "a list that is longer than it says": announced(0xD0, 5, 2, b"\x40\x40"),
    "a list that is shorter than it says": announced(0xD0, 6, 1, b"\x40\x40"),
    "a map of 2^32-1 entries": announced(0xD1, 4, 2**32 - 1),
    "a map with a key and no value": announced(0xD1, 5, 1, b"\x40"),
    "a map with a key twice": announced(0xD1, 8, 4, b"\x40\x40\x40\x40"),
    "a map with a list for a key": announced(0xD1, 6, 2, b"\x45\x40"),
    "an array of 2^32-1 nulls": announced(0xF0, 5, 2**32 - 1, b"\x40"),
    "an array of 2^32-1 empty lists": announced(0xF0, 5, 2**32 - 1, b"\x45"),
    "an array of 65,000 nulls": announced(0xF0, 5, 65_000, b"\x40") + bytes(65_000),
    "arrays of 60,000 nulls in an array": arrays_of_arrays_of_nulls(5000, 60_000),
    "an array of longs without an end": announced(0xF0, 5, 2, b"\x81"),
    "an array without a constructor": announced(0xF0, 4, 1),
    "a string that is longer than the frame": b"\xb1" + WIDE + b"abc",
    "a short string that is longer than the frame": b"\xa1\xffabc",
    "a binary of 2^32-1 bytes": b"\xb0" + WIDE,
    "a string that is not UTF-8": b"\xa1\x02\xff\xfe",
    "a surrogate in a string": b"\xa1\x03\xed\xa0\x80",
    "a symbol that is not ASCII": b"\xa3\x02\xc3\xa9",
    "a character beyond Unicode": b"\x73\x7f\xff\xff\xff",
    "a constructor that does not exist": b"\x10",
    "a described value without a value": b"\x00\x53\x70",
    "descriptors of descriptors": b"\x00" * LEVELS,
    "described values in described values": b"\x00\x53\x70" * LEVELS + b"\x40",
    "lists in lists": nested_lists(7000),
    "a long that breaks off": b"\x81\x00",
    "nothing": b"",
}
