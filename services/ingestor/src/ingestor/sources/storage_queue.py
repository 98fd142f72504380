"""Reads a storage queue: each message is one event, or an array of them, in base64 or plain.

1. A message is deleted once what it holds is durable elsewhere: published, or kept as a dead letter.
2. While the broker is away a message is held on to, its time of invisibility being prolonged, so that waiting counts as
   no further delivery.
3. A message that was delivered too often without being settled kills or hangs whoever takes it: it is kept as a dead
   letter unread.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from durable.errors import TransientError
from ingestor.checked import Refusal, Refused
from ingestor.dead_letters import Incoming
from ingestor.intake import Intake

MESSAGES_AT_ONCE = 32
PAUSE_FIRST_SECONDS = 0.25
PAUSE_MAX_SECONDS = 5.0
_log = logging.getLogger("ingestor")


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """A message received and invisible to others.

    Attributes:
        id: as the queue numbers it.
        content: its text as it stands on the wire.
        deliveries: how often it was delivered, this time included.
        inserted_at: when it came into the queue.
        lock: the adapter's own.
    """

    id: str
    content: str
    deliveries: int
    inserted_at: datetime
    lock: Any = field(repr=False, default=None)


class StorageQueue(Protocol):
    """A storage queue. Any method raises `TransientError` if it did not answer."""

    async def receive(self, limit: int, visibility: timedelta) -> Sequence[QueueMessage]:
        """Give up to `limit` messages at once, invisible to others for that long; none if there are none."""

    async def prolong(self, message: QueueMessage, visibility: timedelta) -> QueueMessage:
        """Keep a message invisible for that long from now; gives the message to go on with.

        Raises:
            LockLost: it has become visible, and somebody else may have it.
        """

    async def delete(self, message: QueueMessage) -> None:
        """Remove a message. One that has become visible in between stays and comes again; that is no error."""

    async def close(self) -> None:
        """Close every connection. Idempotent."""


class StorageQueueSource:
    """Takes the messages of one queue."""

    def __init__(
        self, queue: StorageQueue, name: str, intake: Intake, *, deliveries_max: int, visibility: timedelta
    ) -> None:
        self._queue = queue
        self._origin = f"storage-queue {name}"
        self._intake = intake
        self._deliveries_max = deliveries_max
        self._visibility = visibility

    async def run(self) -> None:
        """Take messages until cancelled."""
        pause = PAUSE_FIRST_SECONDS
        while True:
            if await self.take_some():
                pause = PAUSE_FIRST_SECONDS
            else:
                await asyncio.sleep(pause)
                pause = min(2 * pause, PAUSE_MAX_SECONDS)

    async def take_some(self) -> int:
        """Take the messages that are there, up to `MESSAGES_AT_ONCE`; tells how many.

        Raises:
            TransientError: the queue did not answer; what it gave comes again.
        """
        messages = await self._queue.receive(MESSAGES_AT_ONCE, self._visibility)
        if not messages:
            return 0
        held = _Held(self._queue, messages, self._visibility)
        async with held.while_running():
            await self._take(messages)
        await asyncio.gather(*map(self._queue.delete, held.messages))
        return len(messages)

    async def _take(self, messages: Sequence[QueueMessage]) -> None:
        fresh: list[Incoming] = []
        for message in messages:
            if message.deliveries <= self._deliveries_max:
                fresh.append(self._incoming(message))
                continue
            detail = f"expected at most {self._deliveries_max} deliveries; found {message.deliveries}"
            await self._intake.refuse(self._incoming(message), Refused(Refusal.DELIVERED_TOO_OFTEN, detail))
        await self._intake.take(fresh)

    def _incoming(self, message: QueueMessage) -> Incoming:
        return Incoming(self._origin, message.id, message.inserted_at, content_of(message.content))


def content_of(text: str) -> bytes:
    """Give what the text of a message stands for: senders put base64 there, or JSON as it is."""
    content = text.strip()
    if content.startswith(("{", "[")):
        return content.encode()
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return content.encode()


class _Held:
    """Messages that are kept invisible while they are being taken."""

    def __init__(self, queue: StorageQueue, messages: Sequence[QueueMessage], visibility: timedelta) -> None:
        self._queue = queue
        self._visibility = visibility
        self.messages = list(messages)

    @asynccontextmanager
    async def while_running(self) -> AsyncIterator[None]:
        ended = asyncio.Event()
        prolonging = asyncio.create_task(self._prolong(ended))
        try:
            yield
        finally:
            ended.set()
            # A request under way is waited for: cut off, it would leave messages under locks that nobody knows.
            await prolonging

    async def _prolong(self, ended: asyncio.Event) -> None:
        while not await _is_set(ended, self._visibility / 2):
            self.messages = await asyncio.gather(*map(self._prolonged, self.messages))

    async def _prolonged(self, message: QueueMessage) -> QueueMessage:
        try:
            return await self._queue.prolong(message, self._visibility)
        except TransientError as error:
            # Somebody else may take it too, then: a repeat, which is harmless.
            _log.warning("a message of the queue can't be held on to: %s", error)
            return message


async def _is_set(event: asyncio.Event, within: timedelta) -> bool:
    try:
        await asyncio.wait_for(event.wait(), within.total_seconds())
    except TimeoutError:
        return False
    return True
