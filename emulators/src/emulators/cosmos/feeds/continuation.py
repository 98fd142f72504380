"""Continuation tokens: where the next page starts.

A token holds the sort position of the last row that was looked at, not a count of rows: documents that are added,
changed or deleted between two pages make no other document appear twice or not at all.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import NamedTuple

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonValue, decode, encode
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request


class Position(NamedTuple):
    """`after` is the sort position of the last row; `skipped` and `taken` count towards OFFSET and LIMIT."""

    after: tuple[JsonValue, ...] | None
    skipped: int
    taken: int


START = Position(None, 0, 0)


def position_in(request: Request) -> Position:
    """Return where a request wants to go on."""
    token = request.headers.get(headers.CONTINUATION)
    if not token:
        return START
    try:
        found = decode(urlsafe_b64decode(token))
    except (Base64Error, CosmosError):
        found = None
    match found:
        case [list(after), int(skipped), int(taken)]:
            return Position(tuple(after) or None, skipped, taken)
    raise invalid_token()


def invalid_token() -> CosmosError:
    """Build the error about a token that doesn't fit what it comes with."""
    return CosmosError(400, "Invalid Continuation Token: use one that this endpoint gave for the same request.")


def is_scalar(value: JsonValue) -> bool:
    """Is this a value that a position may hold?"""
    return not isinstance(value, list | dict) and not (isinstance(value, int) and abs(value) >= 2**63)


def number_in(value: JsonValue) -> int:
    """Read a count of a position, or raise 400."""
    if not isinstance(value, int) or not 0 <= value < 2**63:
        raise invalid_token()
    return value


def token_of(position: Position) -> bytes:
    """Return the token for a position."""
    return urlsafe_b64encode(encode([list(position.after or ()), position.skipped, position.taken]))
