"""Sessions: each belongs to one receiver at a time, and its messages go to that receiver alone, in order.

1. A session exists while it is held, has messages waiting, or has a state.
2. Closing the receiver frees its session at once, and its unsettled messages return uncounted. A lock that expires
   returns them with their delivery counted, and the receiver is told.
3. "Next available" means: not held and with messages; the one that has waited longest goes first. The accept waits if
   there is none.
"""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import takewhile
from typing import NamedTuple, Protocol

from emulators.servicebus.broker.backlog import Backlog
from emulators.servicebus.broker.content import Message
from emulators.servicebus.broker.deadline import Deadline
from emulators.servicebus.broker.dispatch import SessionConsumer, Shelf
from emulators.servicebus.broker.refusals import SessionHeld, SessionLockLost


@dataclass(slots=True, eq=False)
class Session:
    """One session and its holder, if it has one."""

    session_id: str
    backlog: Backlog = field(default_factory=Backlog)
    unsettled: dict[int, Message] = field(default_factory=dict)
    holder: SessionConsumer | None = None
    locked_until: int = 0
    state: bytes | None = None
    state_set_at: int = 0


class _Acceptance(NamedTuple):
    consumer: SessionConsumer
    until: int


class SessionShelf(Shelf, Protocol):
    """What sessions need of their queue besides handing out: to take unsettled messages back."""

    def take_back(self, messages: list[Message], *, counted: bool) -> None:
        """Unlock messages and put them back in order; `counted` adds a delivery to each."""


class Sessions:
    """All sessions of one entity: its dispatch."""

    def __init__(self, lock_duration: int, deadline: Deadline) -> None:
        self._lock_duration = lock_duration
        self._deadline = deadline
        self._sessions: dict[str, Session] = {}
        self._held: OrderedDict[str, Session] = OrderedDict()
        self._free: OrderedDict[str, Session] = OrderedDict()
        self._accepting: list[_Acceptance] = []
        self._active: set[Session] = set()
        self._mixed = False

    @property
    def is_wanted(self) -> bool:
        """Whether a session is held, or waited for."""
        return bool(self._held or self._accepting)

    def set_lock_duration(self, duration: int) -> None:
        """Sessions that are locked or renewed from now on are held that long; their order is no longer that of time."""
        self._mixed = bool(self._held)
        self._lock_duration = duration

    def put(self, message: Message) -> None:
        session = self._open(message.content.session_id or "")
        session.backlog.put(message)
        if session.holder is None:
            self._free.setdefault(session.session_id, session)
        else:
            self._active.add(session)

    def accept(self, session_id: str, consumer: SessionConsumer, now: int) -> Session:
        """Lock one session by name; raises `SessionHeld` if somebody has it."""
        session = self._open(session_id)
        if session.holder is not None:
            raise SessionHeld(
                f"The requested session '{session_id}' cannot be accepted. It may be locked by another receiver."
            )
        self._hold(session, consumer, now)
        return session

    def accept_next(self, consumer: SessionConsumer, until: int) -> None:
        """Wait for any free session with messages; the consumer hears of it, at `until` the latest."""
        self._accepting.append(_Acceptance(consumer, until))
        self._deadline.note(until)

    def ask(self, session: Session) -> None:
        """The holder of the session has credit."""
        self._active.add(session)

    def renew(self, session_id: str, holder: SessionConsumer, now: int) -> int:
        session = self.held_by(session_id, holder)
        session.locked_until = now + self._lock_duration
        self._held.move_to_end(session_id)
        for message in session.unsettled.values():
            message.locked_until = session.locked_until
        return session.locked_until

    def held_by(self, session_id: str, holder: SessionConsumer | None) -> Session:
        """The session, if this consumer holds it."""
        session = self._sessions.get(session_id)
        if session is None or holder is None or session.holder is not holder:
            raise SessionLockLost(f"The lock on session '{session_id}' has expired or was never held. Accept it again.")
        return session

    def find(self, session_id: str) -> Session | None:
        return self._sessions.get(session_id)

    def all(self) -> Collection[Session]:
        """Every session that exists, held or not."""
        return self._sessions.values()

    def settle(self, message: Message, lock_id: int) -> None:
        """Note that a message is no longer out."""
        session = self._sessions[message.content.session_id or ""]
        session.unsettled.pop(lock_id, None)

    def leave(self, consumer: SessionConsumer, shelf: SessionShelf) -> None:
        """Free whatever the consumer holds or waits for."""
        self._accepting = [waiting for waiting in self._accepting if waiting.consumer is not consumer]
        for session in list(self._held.values()):
            if session.holder is consumer:
                self._release(session, shelf, counted=False)

    def holders(self) -> list[tuple[str, SessionConsumer]]:
        """The sessions that are held, and by whom."""
        return [(session.session_id, session.holder) for session in self._held.values() if session.holder is not None]

    def revoke(self, session_id: str, shelf: SessionShelf) -> None:
        """Take a session from its holder as if its lock had run out; the holder is not told."""
        if session_id in self._held:
            self._release(self._held[session_id], shelf, counted=True)

    def restore_state(self, session_id: str, state: bytes, set_at: int) -> None:
        session = self._open(session_id)
        session.state, session.state_set_at = state, set_at

    def listing(self) -> list[str]:
        """The sessions that have messages or a state."""
        return sorted(
            session.session_id
            for session in self._sessions.values()
            if session.state is not None or session.unsettled or session.backlog
        )

    def updated_after(self, at: int) -> list[str]:
        """The sessions whose state was set after a time."""
        sessions = self._sessions.values()
        return sorted(each.session_id for each in sessions if each.state is not None and each.state_set_at > at)

    def pump(self, now: int, shelf: Shelf) -> None:
        """Grant free sessions to those who wait, and hand out messages to holders with credit."""
        while self._accepting and (session := self._next_free()) is not None:
            acceptance = self._accepting.pop(0)
            self._hold(session, acceptance.consumer, now)
            acceptance.consumer.session_granted(session.session_id, session.locked_until)
        for session in self._active:
            holder = session.holder
            while holder is not None and holder.credit > 0 and (message := session.backlog.take()) is not None:
                holder.credit -= 1
                shelf.hand_out(message, holder, session.locked_until)
                if message.lock_id:
                    session.unsettled[message.lock_id] = message
        self._active.clear()

    def expire(self, now: int, shelf: SessionShelf) -> None:
        """Take sessions from holders whose lock ran out, and give up on accepts that waited too long."""
        for session in self._expired(now):
            holder = session.holder
            self._release(session, shelf, counted=True)
            if holder is not None:
                holder.session_lost()
        for acceptance in [waiting for waiting in self._accepting if waiting.until <= now]:
            self._accepting.remove(acceptance)
            acceptance.consumer.session_refused()

    def next_at(self) -> int | None:
        times = [waiting.until for waiting in self._accepting]
        held = self._held.values()
        times.extend(session.locked_until for session in (held if self._mixed else list(held)[:1]))
        return min(times, default=None)

    def _expired(self, now: int) -> list[Session]:
        held = self._held.values()
        if self._mixed:
            self._mixed = bool(held)
            return [session for session in held if session.locked_until <= now]
        return list(takewhile(lambda session: session.locked_until <= now, held))

    def _open(self, session_id: str) -> Session:
        session = self._sessions.get(session_id)
        if session is None:
            session = self._sessions[session_id] = Session(session_id)
        return session

    def _hold(self, session: Session, consumer: SessionConsumer, now: int) -> None:
        session.holder = consumer
        session.locked_until = now + self._lock_duration
        self._deadline.note(session.locked_until)
        self._held[session.session_id] = session
        self._free.pop(session.session_id, None)

    def _release(self, session: Session, shelf: SessionShelf, *, counted: bool) -> None:
        session.holder = None
        del self._held[session.session_id]
        returned = list(session.unsettled.values())
        session.unsettled.clear()
        shelf.take_back(returned, counted=counted)
        if session.backlog:
            self._free.setdefault(session.session_id, session)
        elif session.state is None:
            self._sessions.pop(session.session_id, None)

    def _next_free(self) -> Session | None:
        while self._free:
            _, session = self._free.popitem(last=False)
            if session.backlog:
                return session
        return None
