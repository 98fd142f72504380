"""The broker port in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from durable.adapters.memory.clock import AlarmClock
from durable.adapters.memory.entities import QueueDescription, TopicDescription
from durable.adapters.memory.queue import MemoryQueue
from durable.adapters.memory.receivers import MemoryReceiver, MemorySessionReceiver
from durable.errors import MessageTooLarge, RefusedError, UnknownDestination
from durable.messages import Message
from durable.ports import DEAD_LETTER, Receiver, SessionReceiver

MESSAGE_BYTES_MAX = 262_144


@dataclass(slots=True)
class _Destination:
    queues: Sequence[MemoryQueue]
    window: timedelta | None
    seen: dict[str, datetime]

    def is_repeat(self, message: Message, now: datetime) -> bool:
        """Tell whether the id came within the window, and remember it."""
        if self.window is None or not message.id:
            return False
        while self.seen:
            oldest = next(iter(self.seen))
            if self.seen[oldest] + self.window > now:
                break
            del self.seen[oldest]
        if message.id in self.seen:
            return True
        self.seen[message.id] = now
        return False


class MemoryBroker:
    """Queues and topics in memory, with sessions, locks, schedules, duplicate detection and dead-letter queues."""

    def __init__(self, entities: Iterable[QueueDescription | TopicDescription], clock: AlarmClock) -> None:
        self._clock = clock
        self._destinations: dict[str, _Destination] = {}
        self._sources: dict[str, MemoryQueue] = {}
        self._receivers: list[Receiver] = []
        for entity in entities:
            if isinstance(entity, QueueDescription):
                queues = [self._add(entity.name, entity)]
            else:
                queues = [self._add(f"{entity.name}/{each.name}", each) for each in entity.subscriptions]
            self._destinations[entity.name] = _Destination(queues, entity.duplicate_window, {})

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        await asyncio.sleep(0)
        found = self._destinations.get(destination)
        if found is None:
            raise UnknownDestination(f"expected a queue or topic of the topology; found {destination!r}")
        for message in messages:
            _check(message, destination, found)
        now = self._clock.now()
        for message in messages:
            if not found.is_repeat(message, now):
                for queue in found.queues:
                    queue.put(message)

    async def receiver(self, source: str) -> Receiver:
        await asyncio.sleep(0)
        queue = self._source(source)
        if queue.description.sessions:
            raise UnknownDestination(f"{source!r} is received by session only")
        receiver = MemoryReceiver(queue, self._clock)
        self._receivers.append(receiver)
        return receiver

    async def session(self, queue: str, session: str) -> SessionReceiver:
        await asyncio.sleep(0)
        found = self._source(queue)
        if not found.description.sessions:
            raise UnknownDestination(f"queue {queue!r} has no sessions")
        receiver = MemorySessionReceiver(found, self._clock, found.accept(session))
        self._receivers.append(receiver)
        return receiver

    async def close(self) -> None:
        for receiver in self._receivers:
            await receiver.close()
        self._receivers.clear()

    def _add(self, path: str, description: QueueDescription) -> MemoryQueue:
        dead = MemoryQueue(QueueDescription(path + DEAD_LETTER, description.lock), self._clock, None)
        queue = MemoryQueue(description, self._clock, dead)
        self._sources[path] = queue
        self._sources[path + DEAD_LETTER] = dead
        return queue

    def _source(self, source: str) -> MemoryQueue:
        if source not in self._sources:
            raise UnknownDestination(f"expected a queue or topic/subscription of the topology; found {source!r}")
        return self._sources[source]


def _check(message: Message, destination: str, found: _Destination) -> None:
    size = len(message.body) + sum(len(name) + len(value) for name, value in message.properties.items())
    if size > MESSAGE_BYTES_MAX:
        raise MessageTooLarge(
            f"expected at most {MESSAGE_BYTES_MAX} bytes for {destination!r}; message {message.id!r} has {size}"
        )
    if not message.session and any(queue.description.sessions for queue in found.queues):
        raise RefusedError(f"expected a session on each message for {destination!r}; message {message.id!r} has none")
