"""Documents: the rules for what a client may store, and the system properties that are added.

1. A stored body is the client's properties followed by the system ones, as compact JSON: no reader adds anything.
2. An etag is made of the sequence number of the write, so no two writes of a container share one.
"""

from base64 import b64encode
from typing import NamedTuple

from emulators.cosmos import limits
from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonObject, encode

_TTL_MAX = 2**31 - 1
SYSTEM_PROPERTIES = ("_rid", "_self", "_etag", "_attachments", "_ts")


class Item(NamedTuple):
    """A stored document: `sequence` is the number of its last write, `creation` that of its first."""

    sequence: int
    creation: int
    timestamp: int
    expires: int | None
    body: bytes


class Stamp(NamedTuple):
    """What identifies one write of one container."""

    container: bytes
    container_link: str
    sequence: int
    creation: int
    timestamp: int


def etag(sequence: int, timestamp: int) -> str:
    """Return the entity tag of a write, quotes included."""
    return f'"{sequence >> 32:08x}-0000-0000-{sequence >> 16 & 0xFFFF:04x}-{sequence & 0xFFFF:04x}{timestamp:08x}"'


def item_etag(item: Item) -> str:
    """Return the entity tag of a stored document."""
    return etag(item.sequence, item.timestamp)


def resource_id(container: bytes, creation: int) -> str:
    """Return the `_rid` of a document, which it keeps for as long as it lives."""
    return b64encode(container + creation.to_bytes(8, "big"), altchars=b"+-").decode()


def check_id(document: JsonObject) -> str:
    """Return the id of a document that is to be stored."""
    name = document.get("id")
    if not isinstance(name, str) or not name:
        raise CosmosError(400, "The input content is invalid because the required properties - 'id; ' - are missing.")
    limits.check_name(name)
    return name


def stored_body(document: JsonObject, stamp: Stamp) -> bytes:
    """Encode a document with its system properties; whatever the client sent under those names is dropped."""
    for name in SYSTEM_PROPERTIES:
        document.pop(name, None)
    rid = resource_id(stamp.container, stamp.creation)
    tag = etag(stamp.sequence, stamp.timestamp)[1:-1]
    system = (
        f',"_rid":"{rid}","_self":"{stamp.container_link}docs/{rid}/","_etag":"\\"{tag}\\"",'
        f'"_attachments":"attachments/","_ts":{stamp.timestamp}}}'
    )
    try:
        body = encode(document)[:-1] + system.encode()
    except TypeError:  # The encoder gives up on what is nested even deeper than is allowed.
        raise limits.too_deep() from None
    limits.check_document(body)
    return body


def lifetime(document: JsonObject, default: int | None) -> int | None:
    """Return how many seconds a document lives, or None for ever.

    A document's own `ttl` counts only in a container that has a default; -1 means for ever.
    """
    if default is None:
        return None
    ttl = document.get("ttl", default)
    if isinstance(ttl, bool) or not isinstance(ttl, int) or ttl == 0 or not -1 <= ttl <= _TTL_MAX:
        raise CosmosError(
            400,
            f"The input ttl '{encode(ttl).decode()}' is invalid. Ensure to provide a nonzero positive "
            f"integer less than or equal to '{_TTL_MAX}', or '-1' which means never expire.",
        )
    return None if ttl == -1 else ttl
