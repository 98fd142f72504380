"""The AMQP values that Python has no type of its own for.

A plain `int` is an AMQP long, `str` a string, `bytes` a binary, `float` a double, a list a list and a dict a map.
Decoding gives plain `int` for every integer width, since a reader never needs the width; encoding needs it, hence the
classes here.
"""

from dataclasses import dataclass
from typing import NamedTuple


class Symbol(str):
    """An AMQP symbol: ASCII text that names something."""

    __slots__ = ()


class Uuid(bytes):
    """Sixteen bytes in the order of RFC 4122."""


class Ubyte(int):
    """An unsigned 8-bit integer."""


class Ushort(int):
    """An unsigned 16-bit integer."""


class Uint(int):
    """An unsigned 32-bit integer."""


class Ulong(int):
    """An unsigned 64-bit integer."""


class Int(int):
    """A signed 32-bit integer."""


class Timestamp(int):
    """Milliseconds since the epoch."""


class Encoded(NamedTuple):
    """A value that is encoded already, constructor included."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Described:
    """A value with a descriptor: a numeric code or a symbol."""

    descriptor: object
    value: object


@dataclass(frozen=True, slots=True)
class Array:
    """Values of one type, which is the type of the first item. An empty array is one of nulls."""

    items: tuple[object, ...]
