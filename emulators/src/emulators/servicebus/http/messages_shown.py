"""What the page shows of messages: a bounded number of them, each decoded as far as its sender made that possible."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from emulators.page.shown import BODY_MAX, body, text
from emulators.servicebus.amqp.decode import DecodeError, decode
from emulators.servicebus.amqp.sections import AMQP_VALUE, APPLICATION_PROPERTIES, DATA, PROPERTIES, Span, spans
from emulators.servicebus.amqp.values import Uuid
from emulators.servicebus.broker.content import Message, State

SHOWN_MAX = 50
"""How many messages are shown at a time."""

SCANNED_MAX = 5000
"""How many messages are looked at to find those that are shown."""

SCANNED_BYTES_MAX = 16_000_000
"""How many bytes of messages are searched."""

_PROPERTIES_MAX = 40
_SECTION_BYTES_MAX = 65_536
_AMQP_SEQUENCE = 0x76
_BODY_SECTIONS = {DATA, AMQP_VALUE, _AMQP_SEQUENCE}
# The constructors of binary data and of text, with the number of bytes before the content.
_BINARY_HEADERS = {0xA0: 2, 0xB0: 5, 0xA1: 2, 0xB1: 5}
_FIELDS = {0: "message id", 2: "to", 3: "subject", 4: "reply to", 5: "correlation id", 6: "content type"}
_STATES = {State.ACTIVE: "active", State.DEFERRED: "deferred", State.SCHEDULED: "scheduled", State.GONE: "gone"}


def found_in(messages: Iterable[Message], wanted: str) -> dict[str, Any]:
    """The first messages that contain `wanted`: sequence number, session, property, reason or body.

    `messages` may be endless: at most `SCANNED_MAX` or `SCANNED_BYTES_MAX` are looked at, `scanned` tells how many.
    Without `wanted` the first `SHOWN_MAX` are given.
    """
    shown: list[dict[str, Any]] = []
    scanned = searched = 0
    for message in islice(messages, SCANNED_MAX if wanted else SHOWN_MAX):
        searched += len(message.content.bare)
        if wanted and searched > SCANNED_BYTES_MAX:
            break
        scanned += 1
        if wanted and not _mentions(message, wanted):
            continue
        shown.append(message_shown(message))
        if len(shown) == SHOWN_MAX:
            break
    return {"messages": shown, "scanned": scanned}


def message_shown(message: Message) -> dict[str, Any]:
    """One message, its times in milliseconds since 1970, 0 for none."""
    content = message.content
    shown: dict[str, Any] = {
        "sequence": message.sequence,
        "state": "locked" if message.lock_id else _STATES[message.state],
        "session": None if content.session_id is None else text(content.session_id),
        "enqueued_at": message.enqueued_at,
        "due_at": content.due_at if message.state is State.SCHEDULED else 0,
        "expires_at": message.expires_at,
        "locked_until": message.locked_until if message.lock_id else 0,
        "deliveries": message.delivery_count,
        "size": len(content.bare),
    }
    if message.dead_letter is not None:
        shown |= {"reason": text(message.dead_letter.reason or ""), "why": text(message.dead_letter.description or "")}
    return shown | _decoded(content.bare)


def _mentions(message: Message, wanted: str) -> bool:
    content = message.content
    texts = [str(message.sequence), content.session_id or ""]
    if message.dead_letter is not None:
        texts += [message.dead_letter.reason or "", message.dead_letter.description or ""]
    return any(wanted.lower() in each.lower() for each in texts) or wanted.lower().encode() in content.bare.lower()


def _decoded(bare: bytes) -> dict[str, Any]:
    """System properties, the sender's properties and the body; what can't be decoded is shown as bytes."""
    system: dict[str, str] = {}
    own: dict[str, str] = {}
    bodies: list[Span] = []
    try:
        for span in spans(bare):
            if span.code == PROPERTIES:
                system = dict(_fields(_value(bare, span)))
            elif span.code == APPLICATION_PROPERTIES:
                own = dict(_entries(_value(bare, span)))
            elif span.code in _BODY_SECTIONS:
                bodies.append(span)
        return {"system": system, "properties": own, "body": _body(bare, bodies)}
    except (DecodeError, IndexError, ValueError, RecursionError) as cause:
        return {"system": {}, "properties": {}, "body": body(bare), "broken": text(cause)}


def _value(bare: bytes, span: Span) -> object:
    """A decoded section; a few words instead of one that is too large for a look."""
    size = span.end - span.value
    if size > _SECTION_BYTES_MAX:
        return f"({size} bytes, too many to be shown)"
    return decode(bare, span.value)[0]


def _fields(values: object) -> Iterator[tuple[str, str]]:
    for at, value in enumerate(values if isinstance(values, list) else []):
        if at in _FIELDS and value is not None:
            yield _FIELDS[at], _one(value)


def _entries(values: object) -> Iterator[tuple[str, str]]:
    if isinstance(values, str):
        yield "properties", values
    entries = values.items() if isinstance(values, dict) else ()
    for name, value in islice(entries, _PROPERTIES_MAX):
        yield text(name), _one(value)


def _one(value: object) -> str:
    if isinstance(value, Uuid):
        return value.hex()
    if isinstance(value, bytes):
        return text(value[:BODY_MAX].decode("utf-8", errors="replace"))
    return text(value)


def _body(bare: bytes, sections: list[Span]) -> dict[str, Any]:
    """The body sections as one preview: binary data joined, anything else as JSON."""
    parts: list[bytes] = []
    size = room = 0
    for span in sections:
        content = _content(bare, span)
        size += len(content)
        parts.append(bytes(content[: max(0, BODY_MAX + 1 - room)]))
        room += len(parts[-1])
    return body(b"".join(parts)) | {"size": size}


def _content(bare: bytes, span: Span) -> bytes | memoryview:
    """The bytes of a section: those of binary data and text as they are, without a copy."""
    header = _BINARY_HEADERS.get(bare[span.value])
    if header is not None:
        return memoryview(bare)[span.value + header : span.end]
    return json.dumps(_value(bare, span), default=text, skipkeys=True).encode()
