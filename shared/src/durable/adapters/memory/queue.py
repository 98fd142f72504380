"""One queue or subscription as a state machine: what is ready, what is locked, which sessions are held.

1. Nothing here awaits: a call changes the state whole; those who wait are woken by `_wake` and look again.
2. Order is by sequence number, which a message keeps when it is given back.
3. A delivery counts when it ends by an abandon or an expired lock, not when a session is closed.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from durable.adapters.memory.clock import AlarmClock
from durable.adapters.memory.entities import QueueDescription
from durable.errors import SessionTaken
from durable.messages import Message
from durable.ports import DEAD_LETTER_DESCRIPTION, DEAD_LETTER_REASON


@dataclass(order=True, slots=True)
class Held:
    """A message in a queue."""

    sequence: int
    message: Message = field(compare=False)
    enqueued_at: datetime = field(compare=False)
    deliveries: int = field(default=0, compare=False)


@dataclass(slots=True, eq=False)
class Lock:
    """A message in somebody's hands; `until` moves when it is renewed, `open` ends with it."""

    held: Held
    until: datetime
    open: bool = True


@dataclass(slots=True, eq=False)
class SessionLock:
    """A session in somebody's hands, with the messages taken from it."""

    session: str
    until: datetime
    open: bool = True
    taken: list[Lock] = field(default_factory=list)


class MemoryQueue:
    """A queue with its dead-letter queue behind it; a dead-letter queue has none."""

    def __init__(self, description: QueueDescription, clock: AlarmClock, dead: MemoryQueue | None) -> None:
        self.description = description
        self.dead = dead
        self._clock = clock
        self._ready: dict[str | None, list[Held]] = {}
        self._sessions: dict[str, SessionLock] = {}
        self._waiting: list[asyncio.Future[None]] = []
        self._sequence = 0

    def put(self, message: Message, deliveries: int = 0) -> None:
        """Make a message ready, a scheduled one when it is due; `deliveries`: how often it was delivered elsewhere."""
        if message.due is not None and message.due > self._clock.now():
            self._clock.call_at(message.due, partial(self._append, message))
        else:
            self._append(message, deliveries)

    def take(self, limit: int, session: SessionLock | None) -> Sequence[Lock]:
        """Lock what is ready, up to a limit."""
        ready = self._ready.get(session.session if session else None, [])
        until = session.until if session else self._clock.now() + self.description.lock
        locks = [Lock(heapq.heappop(ready), until) for _ in range(min(limit, len(ready)))]
        if session:
            session.taken = [lock for lock in session.taken if lock.open] + locks
        elif locks:
            self._clock.call_at(until, partial(self._expire, locks))
        return locks

    def settle(self, lock: Lock) -> bool:
        """Remove a message; tell whether its lock still held."""
        held, lock.open = lock.open, False
        return held

    def abandon(self, lock: Lock) -> bool:
        """Give a message back, counting the delivery; tell whether its lock still held."""
        if not lock.open:
            return False
        self._give_back(lock, deliveries=1)
        self._wake()
        return True

    def dead_letter(self, lock: Lock, reason: str, description: str) -> bool:
        """Move a message to the dead-letter queue; tell whether its lock still held."""
        if not lock.open:
            return False
        lock.open = False
        self._bury(lock.held, reason, description)
        return True

    def renew(self, lock: Lock) -> bool:
        """Prolong the lock of a message; tell whether it still held."""
        if lock.open:
            lock.until = self._clock.now() + self.description.lock
            self._clock.call_at(lock.until, partial(self._expire, [lock]))
        return lock.open

    def accept(self, session: str) -> SessionLock:
        """Lock a session.

        Raises:
            SessionTaken: it is locked.
        """
        if session in self._sessions:
            raise SessionTaken(f"session {session!r} of queue {self.description.name!r} is held by another receiver")
        lock = SessionLock(session, self._clock.now())
        self._sessions[session] = lock
        self.renew_session(lock)
        return lock

    def renew_session(self, lock: SessionLock) -> bool:
        """Prolong the lock of a session; tell whether it still held."""
        if lock.open:
            lock.until = self._clock.now() + self.description.lock
            self._clock.call_at(lock.until, partial(self._expire_session, lock))
        return lock.open

    def release_session(self, lock: SessionLock, *, deliveries: int) -> None:
        """Let go of a session; what was taken and not settled is ready again."""
        if lock.open:
            lock.open = False
            del self._sessions[lock.session]
            for taken in lock.taken:
                if taken.open:
                    self._give_back(taken, deliveries)
            self._wake()

    async def change(self, until: datetime) -> None:
        """Wait until something may have become ready or a time is reached."""
        news: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        alarm = self._clock.call_at(until, partial(_finish, news))
        self._waiting.append(news)
        try:
            await news
        finally:
            alarm.cancel()

    def _append(self, message: Message, deliveries: int = 0) -> None:
        self._sequence += 1
        self._push(Held(self._sequence, message, self._clock.now(), deliveries))
        self._wake()

    def _push(self, held: Held) -> None:
        session = held.message.session if self.description.sessions else None
        heapq.heappush(self._ready.setdefault(session, []), held)

    def _expire(self, locks: Sequence[Lock]) -> None:
        now = self._clock.now()
        for lock in locks:
            if lock.open and lock.until <= now:
                self._give_back(lock, deliveries=1)
        self._wake()

    def _expire_session(self, lock: SessionLock) -> None:
        if lock.until <= self._clock.now():
            self.release_session(lock, deliveries=1)

    def _give_back(self, lock: Lock, deliveries: int) -> None:
        lock.open = False
        lock.held.deliveries += deliveries
        if self.dead is not None and lock.held.deliveries >= self.description.max_deliveries:
            text = f"delivered {lock.held.deliveries} times without being settled"
            self._bury(lock.held, "MaxDeliveryCountExceeded", text)
        else:
            self._push(lock.held)

    def _bury(self, held: Held, reason: str, description: str) -> None:
        properties = {**held.message.properties, DEAD_LETTER_REASON: reason, DEAD_LETTER_DESCRIPTION: description}
        (self.dead or self).put(replace(held.message, properties=properties, due=None), held.deliveries)

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for news in waiting:
            _finish(news)


def _finish(news: asyncio.Future[None]) -> None:
    if not news.done():
        news.set_result(None)
