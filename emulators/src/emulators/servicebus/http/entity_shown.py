"""What the page shows of the entity that was chosen: settings, rules, sessions, locks, and messages of one shelf.

Every part is bounded, so that a look at a queue of a million messages costs milliseconds.
"""

from collections.abc import Iterable
from itertools import chain, islice
from typing import Any

from emulators.page.shown import text
from emulators.servicebus.broker.broker import Entity
from emulators.servicebus.broker.content import Message, State
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.sessions import Session
from emulators.servicebus.broker.topic import Topic
from emulators.servicebus.http.entities_shown import row_of, rule_shown, settings_shown
from emulators.servicebus.http.messages_shown import SCANNED_MAX, found_in
from emulators.servicebus.wire.outgoing import MessageLink

SESSIONS_MAX = 100
RULES_MAX = 100

SHELVES = ("active", "locked", "dead", "scheduled", "deferred", "transfer")
"""Where messages may be: waiting or locked, locked, dead-lettered, waiting for their time, set aside, not forwarded."""


def entity_shown(entity: Entity, shelf: str, wanted: str, *, newest: bool) -> dict[str, Any]:
    """An entity with the messages of one of `SHELVES` that contain `wanted`, oldest or newest first."""
    shown: dict[str, Any] = {
        "row": row_of(entity, entity.counts()),
        "settings": settings_shown(entity.settings),
        "shelf": shelf,
        "rules": _rules(entity),
        "sessions": _sessions(entity, wanted),
    }
    held = _held_on(entity, shelf)
    number = int(wanted) if wanted.isdecimal() else -1
    if number in held:
        return shown | found_in([held[number]], "")
    messages: Iterable[Message] = reversed(held.values()) if newest else held.values()
    if shelf == "locked" and isinstance(entity, Queue):
        messages = entity.locks.held()
    if shelf == "active":
        messages = (each for each in islice(messages, SCANNED_MAX) if each.state is State.ACTIVE)
    return shown | found_in(messages, wanted)


def _held_on(entity: Entity, shelf: str) -> dict[int, Message]:
    if shelf == "scheduled":
        return entity.intake.scheduled
    if isinstance(entity, Topic):
        return {}
    if shelf == "deferred":
        return entity.deferred
    holder = {"dead": entity.dead_letters, "transfer": entity.undelivered}.get(shelf, entity)
    return {} if holder is None else holder.messages


def _rules(entity: Entity) -> list[dict[str, str]] | None:
    if not isinstance(entity, Queue) or entity.rules is None:
        return None
    return [rule_shown(rule) for rule in entity.rules.listing()[:RULES_MAX]]


def _sessions(entity: Entity, wanted: str) -> list[dict[str, Any]] | None:
    """Held sessions first."""
    if not isinstance(entity, Queue) or entity.sessions is None:
        return None
    every = entity.sessions.all()
    held = (each for each in islice(every, SCANNED_MAX) if each.holder is not None)
    free = (each for each in islice(every, SCANNED_MAX) if each.holder is None)
    matching = (each for each in chain(held, free) if wanted.lower() in each.session_id.lower())
    return [_session_shown(each) for each in islice(matching, SESSIONS_MAX)]


def _session_shown(session: Session) -> dict[str, Any]:
    return {
        "id": text(session.session_id),
        "waiting": len(session.backlog),
        "unsettled": len(session.unsettled),
        "holder": holder_shown(session.holder),
        "locked_until": session.locked_until if session.holder is not None else 0,
        "state_bytes": None if session.state is None else len(session.state),
        "state_set_at": session.state_set_at,
    }


def holder_shown(holder: object) -> str | None:
    """The client that holds a session; None for nobody."""
    if holder is None:
        return None
    if isinstance(holder, MessageLink):
        peer = holder.connection.peer
        return text(f"{peer.container_id if peer else '?'} at {holder.connection.address or '?'}")
    return text(type(holder).__name__)
