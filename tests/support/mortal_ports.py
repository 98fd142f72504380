import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from durable.messages import Message
from durable.ports import (
    Broker,
    Delivery,
    HeadPage,
    HeadQuery,
    Operation,
    Receipt,
    Receiver,
    RecordStore,
    SessionReceiver,
    Stored,
)

T = TypeVar("T")


class Dead(BaseException):
    """The process is no more; like SIGKILL, no code may handle it."""


@dataclass
class Life:
    """Counts the port calls of one process, and ends it or lets it sleep before or after a chosen one.

    Moment 2n is before the n-th call, moment 2n + 1 after it took effect and before its answer came.
    """

    death_at: int | None = None
    sleep_at: int | None = None
    sleep_seconds: float = 0.0
    awake_at: float = 0.0
    moments: int = 0
    names: list[str] = field(default_factory=list)
    dead: asyncio.Event = field(default_factory=asyncio.Event)
    sessions: list[SessionReceiver] = field(default_factory=list)

    async def moment(self, name: str) -> None:
        if self.dead.is_set():
            raise Dead
        self.names.append(name)
        self.moments += 1
        if self.death_at is not None and self.moments > self.death_at:
            self.dead.set()
            raise Dead
        now = asyncio.get_running_loop().time()
        if self.moments - 1 == self.sleep_at:
            self.awake_at = now + self.sleep_seconds
        if self.awake_at > now:
            await asyncio.sleep(self.awake_at - now)

    async def call(self, name: str, do: Callable[[], Awaitable[T]]) -> T:
        await self.moment(f"before {name}")
        result = await do()
        await self.moment(f"after {name}")
        return result

    async def bury(self) -> None:
        """What the broker does when the connections of a process are gone."""
        for session in self.sessions:
            await session.close()


class MortalBroker:
    def __init__(self, broker: Broker, life: Life) -> None:
        self._broker = broker
        self._life = life

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        await self._life.call(f"send to {destination}", lambda: self._broker.send(destination, messages))

    async def receiver(self, source: str) -> Receiver:
        return await self._broker.receiver(source)

    async def session(self, queue: str, session: str) -> SessionReceiver:
        async def accept() -> SessionReceiver:
            self._life.sessions.append(await self._broker.session(queue, session))
            return self._life.sessions[-1]

        receiver = await self._life.call("session", accept)
        return MortalSession(receiver, self._life)

    async def close(self) -> None: ...


class MortalSession:
    def __init__(self, receiver: SessionReceiver, life: Life) -> None:
        self._receiver = receiver
        self._life = life
        self.session = receiver.session

    async def receive(self, limit: int, wait: timedelta) -> Sequence[Delivery]:
        return await self._life.call("receive", lambda: self._receiver.receive(limit, wait))

    async def complete(self, deliveries: Sequence[Delivery]) -> None:
        half = len(deliveries) // 2
        if half:
            await self._life.call("settling the first half", lambda: self._receiver.complete(deliveries[:half]))
        await self._life.call("settling", lambda: self._receiver.complete(deliveries[half:]))

    async def abandon(self, delivery: Delivery) -> None:
        await self._life.call("abandon", lambda: self._receiver.abandon(delivery))

    async def dead_letter(self, delivery: Delivery, reason: str, description: str) -> None:
        await self._life.call("dead-letter", lambda: self._receiver.dead_letter(delivery, reason, description))

    async def renew(self, delivery: Delivery) -> datetime:
        return await self._receiver.renew(delivery)

    async def renew_session(self) -> datetime:
        return await self._life.call("renewal", self._receiver.renew_session)

    async def close(self) -> None:
        await self._life.call("close", self._receiver.close)


class MortalStore:
    def __init__(self, store: RecordStore, life: Life) -> None:
        self._store = store
        self._life = life

    async def write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        return await self._life.call("write", lambda: self._store.write(partition, operations))

    async def read(self, partition: str, id: str, token: str | None = None) -> Stored | None:
        return await self._life.call("read", lambda: self._store.read(partition, id, token))

    async def scan(self, partition: str, first: str, last: str, token: str | None = None) -> AsyncIterator[Stored]:
        await self._life.moment("scan")
        async for stored in self._store.scan(partition, first, last, token):
            yield stored

    async def heads(self, query: HeadQuery) -> HeadPage:
        return await self._store.heads(query)

    async def count(self, query: HeadQuery) -> int:
        return await self._store.count(query)

    async def close(self) -> None: ...
