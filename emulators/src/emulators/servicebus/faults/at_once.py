"""What faults do at once: to connections, links, locks, sessions and schedules that are there now."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from emulators.servicebus.broker.broker import Entity
from emulators.servicebus.broker.deadline import NEVER
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.refusals import OnDemand
from emulators.servicebus.faults.happening import Place
from emulators.servicebus.faults.kinds import (
    DeliverEarly,
    DetachLink,
    DropConnection,
    ExpireLock,
    ExpireSessionLock,
    ServiceBusFault,
    StealSession,
)
from emulators.servicebus.faults.tampered import TamperedConnection
from emulators.servicebus.faults.tampered_links import place_of
from emulators.servicebus.wire.conditions import refused
from emulators.servicebus.wire.outgoing import MessageLink
from emulators.servicebus.wire.session import Link, Session

if TYPE_CHECKING:
    from emulators.servicebus.faults.tampering import Tampering

_MILLISECOND = timedelta(milliseconds=1)


class Thief:
    """Holds a session that was stolen, and receives nothing."""

    credit = 0
    deletes = False

    def deliver(self, message: object) -> None:
        """Never called: there is no credit."""

    def session_granted(self, session_id: str, locked_until: int) -> None:
        """The session is named by the fault."""

    def session_refused(self) -> None:
        """Never called: the thief waits for nothing."""

    def session_lost(self) -> None:
        """It was not to last."""


def on_demand(fault: ServiceBusFault, condition: str) -> OnDemand:
    """The error of a fault."""
    name = f" '{fault.name}'" if fault.name else ""
    return refused(condition, f"The fault{name} of kind '{fault.kind}' was asked for on this local endpoint.")


def expire_lock(queue: Queue, lock_id: int) -> None:
    """Let one lock run out, if it is still there."""
    if queue.locks.holds(lock_id):
        queue.put_back(queue.unlock(lock_id), counted=True)


def expire_session(tampering: "Tampering", queue: Queue, session_id: str, *, silent: bool) -> None:
    """Let the lock on a session run out, if somebody holds it."""
    if queue.sessions is None:
        return
    holder = dict(queue.sessions.holders()).get(session_id)
    queue.sessions.revoke(session_id, queue)
    if holder is not None and not silent:
        holder.session_lost()
    tampering.hub.broker.wake(queue.name)


def steal_session(tampering: "Tampering", queue: Queue, session_id: str, fault: StealSession) -> None:
    """Give a session to a thief for a time, whoever holds it."""
    sessions = queue.sessions
    if sessions is None:
        return
    thief = Thief()
    expire_session(tampering, queue, session_id, silent=fault.silent)
    sessions.accept(session_id, thief, tampering.hub.clock.now())

    def give_back() -> None:
        sessions.leave(thief, queue)
        tampering.hub.broker.wake(queue.name)

    tampering.later.after(fault.hold, give_back)


def hasten(entity: Entity, sequence: int, fault: DeliverEarly) -> None:
    """Make one scheduled message active earlier."""
    due_at = entity.intake.scheduled[sequence].content.due_at
    entity.intake.hasten(sequence, due_at - int(fault.early / _MILLISECOND))


def act_at_once(tampering: "Tampering", fault: ServiceBusFault) -> None:
    """Carry a fault out."""
    _ACTS[type(fault)](tampering, fault)
    tampering.hub.schedule_turn()


def _drop(tampering: "Tampering", fault: DropConnection) -> None:
    for connection in tampering.connections():
        places = [place_of_link(link) for _, link in connection.all_links()]
        if _is_anywhere(fault) or any(_is_at(place, fault) for place in places):
            connection.cut()


def _detach(tampering: "Tampering", fault: DetachLink) -> None:
    for connection in tampering.connections():
        for session, link in _links_at(connection, fault):
            session.detach(link.request.handle, on_demand(fault, fault.condition))


def _expire_locks(tampering: "Tampering", fault: ExpireLock) -> None:
    for queue in _queues_at(tampering, fault):
        for message in queue.locks.expired(NEVER):
            if fault.session in {None, message.content.session_id}:
                expire_lock(queue, message.lock_id)


def _expire_sessions(tampering: "Tampering", fault: ExpireSessionLock) -> None:
    for queue, session_id in _held_at(tampering, fault):
        expire_session(tampering, queue, session_id, silent=fault.silent)


def _steal_sessions(tampering: "Tampering", fault: StealSession) -> None:
    for queue, session_id in _held_at(tampering, fault):
        steal_session(tampering, queue, session_id, fault)


def _deliver_early(tampering: "Tampering", fault: DeliverEarly) -> None:
    for entity in tampering.hub.broker.entities:
        if fault.entity is None or fault.entity.lower() == entity.name.lower():
            for sequence in list(entity.intake.scheduled):
                hasten(entity, sequence, fault)


def place_of_link(link: Link) -> Place | None:
    """Where a link is; None for the token node."""
    place = place_of(link.request)
    return replace(place, session=link.session_id) if place is not None and isinstance(link, MessageLink) else place


def _is_anywhere(fault: ServiceBusFault) -> bool:
    return fault.entity is None and fault.link is None and fault.session is None


def _is_at(place: Place | None, fault: ServiceBusFault) -> bool:
    wanted = (("entity", fault.entity), ("link", fault.link), ("session", fault.session))
    return place is not None and all(each is None or place.agrees(name, each) for name, each in wanted)


def _links_at(connection: TamperedConnection, fault: ServiceBusFault) -> list[tuple[Session, Link]]:
    return [(session, link) for session, link in connection.all_links() if _is_at(place_of_link(link), fault)]


def _queues_at(tampering: "Tampering", fault: ServiceBusFault) -> Iterator[Queue]:
    for entity in tampering.hub.broker.entities:
        if isinstance(entity, Queue) and (fault.entity is None or fault.entity.lower() == entity.name.lower()):
            yield entity


def _held_at(tampering: "Tampering", fault: ServiceBusFault) -> list[tuple[Queue, str]]:
    """The sessions that a fault means: those that are held or, if it names one, that one."""
    queues = [queue for queue in _queues_at(tampering, fault) if queue.sessions is not None]
    if fault.session is not None:
        return [(queue, fault.session) for queue in queues]
    return [(queue, held) for queue in queues if queue.sessions is not None for held, _ in queue.sessions.holders()]


_ACTS: dict[type[ServiceBusFault], Callable[["Tampering", Any], None]] = {
    DropConnection: _drop,
    DetachLink: _detach,
    ExpireLock: _expire_locks,
    ExpireSessionLock: _expire_sessions,
    StealSession: _steal_sessions,
    DeliverEarly: _deliver_early,
}
