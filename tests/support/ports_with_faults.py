"""Ports that fail as the real ones do, at chosen calls."""

from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from durable.adapters.memory import MemoryObjects
from durable.errors import DurableError
from durable.messages import Message
from durable.objects import ObjectInfo
from durable.ports import Broker, Operation, Receipt, Receiver, RecordStore, SessionReceiver, Stored


@dataclass
class FaultyBroker:
    """Fails sends with the given errors, one each, then sends; with `only`, those to that destination."""

    broker: Broker
    errors: list[DurableError]
    only: str | None = None
    calls: list[tuple[str, Sequence[Message]]] = field(default_factory=list)

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        self.calls.append((destination, messages))
        if self.errors and self.only in (None, destination):
            raise self.errors.pop(0)
        await self.broker.send(destination, messages)

    async def receiver(self, source: str) -> Receiver:
        return await self.broker.receiver(source)

    async def session(self, queue: str, session: str) -> SessionReceiver:
        return await self.broker.session(queue, session)

    async def close(self) -> None:
        await self.broker.close()


@dataclass
class FaultyWrites:
    """Fails writes with the given errors, one each, before or after they are applied; remembers each batch."""

    store: RecordStore
    before: list[DurableError] = field(default_factory=list)
    after: list[DurableError] = field(default_factory=list)
    batches: list[Sequence[Operation]] = field(default_factory=list)

    async def write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        self.batches.append(operations)
        if self.before:
            raise self.before.pop(0)
        receipt = await self.store.write(partition, operations)
        if self.after:
            raise self.after.pop(0)
        return receipt

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


class FaultyReads:
    """Fails every read."""

    def __init__(self, store: RecordStore, error: DurableError) -> None:
        self._store = store
        self._error = error

    async def read(self, partition: str, id: str, token: str | None = None) -> Stored | None:
        raise self._error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class FaultyObjects(MemoryObjects):
    """Fails every write."""

    def __init__(self, error: DurableError) -> None:
        super().__init__()
        self._error = error

    async def put(self, name: str, data: bytes | AsyncIterable[bytes]) -> ObjectInfo:
        raise self._error
