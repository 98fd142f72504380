"""The receiver ports over a queue in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from durable.adapters.memory.clock import AlarmClock
from durable.adapters.memory.queue import Lock, MemoryQueue, SessionLock
from durable.errors import LockLost
from durable.ports import Delivery


class MemoryReceiver:
    """Receives from a queue without sessions, a subscription or a dead-letter queue."""

    def __init__(self, queue: MemoryQueue, clock: AlarmClock, taken: SessionLock | None = None) -> None:
        self._queue = queue
        self._clock = clock
        self._taken = taken
        self._closed = False

    async def receive(self, limit: int, wait: timedelta) -> Sequence[Delivery]:
        await asyncio.sleep(0)
        deadline = self._clock.now() + wait
        while True:
            self._check_open()
            locks = self._queue.take(limit, self._taken)
            if locks or self._clock.now() >= deadline:
                return [_delivery(lock) for lock in locks]
            await self._queue.change(deadline)

    async def complete(self, deliveries: Sequence[Delivery]) -> None:
        await asyncio.sleep(0)
        self._check_open()
        settled = [self._queue.settle(_lock(delivery)) for delivery in deliveries]
        if not all(settled):
            raise LockLost(f"the lock of {settled.count(False)} of {len(settled)} messages was gone before the settle")

    async def abandon(self, delivery: Delivery) -> None:
        await self._checked()
        _expect(self._queue.abandon(_lock(delivery)), delivery)

    async def dead_letter(self, delivery: Delivery, reason: str, description: str) -> None:
        await self._checked()
        _expect(self._queue.dead_letter(_lock(delivery), reason, description), delivery)

    async def renew(self, delivery: Delivery) -> datetime:
        await self._checked()
        if self._taken is not None:
            raise TypeError("a message of a session has no lock of its own: renew the session")
        _expect(self._queue.renew(_lock(delivery)), delivery)
        return _lock(delivery).until

    async def close(self) -> None:
        self._closed = True
        if self._taken is not None:
            self._queue.release_session(self._taken, deliveries=0)
        await asyncio.sleep(0)

    async def _checked(self) -> None:
        await asyncio.sleep(0)
        self._check_open()

    def _check_open(self) -> None:
        if self._taken is not None and not self._taken.open:
            raise LockLost(f"session {self._taken.session!r} is no longer held by this receiver")
        if self._closed:
            raise LockLost("the receiver is closed")


class MemorySessionReceiver(MemoryReceiver):
    """Receives the messages of one session."""

    def __init__(self, queue: MemoryQueue, clock: AlarmClock, taken: SessionLock) -> None:
        super().__init__(queue, clock, taken)
        self.session = taken.session
        self._session_lock = taken

    async def renew_session(self) -> datetime:
        await self._checked()
        self._queue.renew_session(self._session_lock)
        return self._session_lock.until


def _lock(delivery: Delivery) -> Lock:
    return cast("Lock", delivery.lock)


def _expect(held: bool, delivery: Delivery) -> None:  # noqa: FBT001  The only argument says itself.
    if not held:
        raise LockLost(f"the lock of message {delivery.id!r} was gone")


def _delivery(lock: Lock) -> Delivery:
    held = lock.held
    message = held.message
    return Delivery(
        body=message.body,
        id=message.id,
        properties=message.properties,
        content_type=message.content_type,
        session=message.session,
        deliveries=held.deliveries,
        enqueued_at=held.enqueued_at,
        lock=lock,
    )
