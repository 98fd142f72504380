"""What the page shows of messages: a bounded number of them, each decoded as far as its sender made that possible."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from emulators.page.shown import BODY_MAX, body, text
from emulators.servicebus.amqp.decode import DecodeError, decode
from emulators.servicebus.amqp.sections import AMQP_VALUE, APPLICATION_PROPERTIES, DATA, PROPERTIES, spans
from emulators.servicebus.amqp.values import Uuid
from emulators.servicebus.broker.content import Message, State

SHOWN_MAX = 50
"""How many messages are shown at a time."""

SCANNED_MAX = 5000
"""How many messages are looked at to find those that are shown."""

_PROPERTIES_MAX = 40
_AMQP_SEQUENCE = 0x76
_FIELDS = {0: "message id", 2: "to", 3: "subject", 4: "reply to", 5: "correlation id", 6: "content type"}
_STATES = {State.ACTIVE: "active", State.DEFERRED: "deferred", State.SCHEDULED: "scheduled", State.GONE: "gone"}


def found_in(messages: Iterable[Message], wanted: str) -> dict[str, Any]:
    """The first messages that contain `wanted`: sequence number, session, property, reason or body.

    `messages` may be endless: at most `SCANNED_MAX` are looked at, `scanned` tells how many. Without `wanted` the
    first `SHOWN_MAX` are given.
    """
    shown: list[dict[str, Any]] = []
    scanned = 0
    for message in islice(messages, SCANNED_MAX if wanted else SHOWN_MAX):
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
    bodies: list[tuple[int, bytes, int, int]] = []
    try:
        for code, _, value_at, end in spans(bare):
            if code == PROPERTIES:
                system = dict(_fields(decode(bare, value_at)[0]))
            elif code == APPLICATION_PROPERTIES:
                own = dict(_entries(decode(bare, value_at)[0]))
            elif code in {DATA, AMQP_VALUE, _AMQP_SEQUENCE}:
                bodies.append((code, bare, value_at, end))
        return {"system": system, "properties": own, "body": _body(bodies)}
    except (DecodeError, IndexError, ValueError, RecursionError) as cause:
        return {"system": {}, "properties": {}, "body": body(bare), "broken": text(cause)}


def _fields(values: object) -> Iterator[tuple[str, str]]:
    for at, value in enumerate(values if isinstance(values, list) else []):
        if at in _FIELDS and value is not None:
            yield _FIELDS[at], _one(value)


def _entries(values: object) -> Iterator[tuple[str, str]]:
    entries = values.items() if isinstance(values, dict) else ()
    for name, value in islice(entries, _PROPERTIES_MAX):
        yield text(name), _one(value)


def _one(value: object) -> str:
    if isinstance(value, Uuid):
        return value.hex()
    if isinstance(value, bytes):
        return text(value[:BODY_MAX].decode("utf-8", errors="replace"))
    return text(value)


def _body(sections: list[tuple[int, bytes, int, int]]) -> dict[str, Any]:
    """The body sections as one preview: binary data joined, anything else as JSON."""
    joined: list[bytes] = []
    for code, bare, value_at, _ in sections:
        value, _end = decode(bare, value_at)
        if isinstance(value, bytes | str):
            joined.append(value if isinstance(value, bytes) else value.encode())
        else:
            joined.append(json.dumps(value, default=text, skipkeys=True).encode())
        if code == AMQP_VALUE:
            break
    return body(b"".join(joined))
