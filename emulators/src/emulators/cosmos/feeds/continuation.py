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
            return Position(tuple(after), skipped, taken)
    raise CosmosError(400, f"Invalid Continuation Token {token.decode('latin-1')!r}: use one that this endpoint gave.")


def token_of(position: Position) -> bytes:
    """Return the token for a position."""
    return urlsafe_b64encode(encode([list(position.after or ()), position.skipped, position.taken]))
