"""One partition and the workers that use secrets, over memory: whatever leaves a process is seen."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import orjson
import pytest
from dishka import Provider, Scope

from documents_worker.handlers import worker as documents
from documents_worker.parts import documents_provider
from documents_worker.settings import documents_settings
from durable.adapters.memory import MemoryBroker, MemoryStore, QueueDescription, TopicDescription
from durable.control import CONTROL
from durable.messages import INSTANCES, LIFECYCLE, Message
from durable.ports import Operation, Receipt
from durable.saga import Saga
from durable.secrets import CachedSecrets, SecretSource
from durable.settings import Environment
from durable.stores import ObjectStores
from durable.worker import HostOptions, Worker, WorkerHost
from durable.worker.provided import own_provider
from http_worker.handlers import worker as http
from http_worker.secret_headers import origins_from, secret_headers_provider
from http_worker.web import web_provider
from orchestrator import operations
from orchestrator.engine import Registry, Setup
from secrets_worker.handlers import worker as secrets
from secrets_worker.sealing import Seal
from tests.support.host_world import HostWorld
from tests.support.secrets_world import NEW_KEY

WINDOW, LOCK = timedelta(minutes=10), timedelta(minutes=1)
WORKERS: tuple[Worker, ...] = (secrets, documents, http)


class SeeingStore(MemoryStore):
    def __init__(self, seen: list[bytes]) -> None:
        super().__init__()
        self._seen = seen

    async def write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        self._seen += [orjson.dumps(one.record) for one in operations if hasattr(one, "record")]
        return await super().write(partition, operations)


class SeeingBroker(MemoryBroker):
    def __init__(self, seen: list[bytes], *rest: Any) -> None:
        super().__init__(*rest)
        self._seen = seen

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        self._seen += [f"{destination} {message}".encode() + message.body for message in messages]
        await super().send(destination, messages)


class WatchedWorld(HostWorld):
    """A partition and the workers; whatever leaves a process is seen."""

    def __init__(self, sagas: Sequence[Saga[Any, Any]], log: pytest.LogCaptureFixture) -> None:
        super().__init__(sagas)
        self.log = log
        self.records_seen: list[bytes] = []
        self.messages_seen: list[bytes] = []
        self.shown: list[bytes] = []
        self.workers: list[asyncio.Task[None]] = []
        self.store = SeeingStore(self.records_seen)
        queues = [QueueDescription(worker.queue, LOCK, duplicate_window=WINDOW) for worker in WORKERS]
        entities = [
            QueueDescription(INSTANCES, LOCK, sessions=True, max_deliveries=2000, duplicate_window=WINDOW),
            QueueDescription(CONTROL, LOCK, sessions=True, duplicate_window=WINDOW),
            TopicDescription(LIFECYCLE, (QueueDescription("all"),)),
            *queues,
        ]
        self.broker = SeeingBroker(self.messages_seen, entities, self.clock)
        destinations = frozenset({INSTANCES, CONTROL, LIFECYCLE, *(queue.name for queue in queues)})
        self.setup = Setup(Registry(self.sagas), destinations)

    @property
    def api(self) -> operations.Ports:
        return operations.Ports(
            store=self.store,
            broker=self.broker,
            clock=self.clock,
            partition_count=1,
            catalogue=operations.SagaCatalogue({one.name: one for one in self.sagas}),
            heads=operations.HeadWriter(self.store),
            random_bits=lambda bits: next(self.numbers) % 2**bits,
            setup=self.setup,
            vault=self.a_vault(),
        )

    @asynccontextmanager
    async def serving(self, source: SecretSource, *origins: str) -> AsyncIterator[None]:
        """Run the partition and every worker."""
        cached = CachedSecrets(source, self.clock, timedelta(minutes=5))
        own = own_provider(ObjectStores(self.objects, {}), self.clock, cached)
        seal = Provider(scope=Scope.APP)
        seal.provide(lambda: Seal({"2026": NEW_KEY}), provides=Seal)
        named = " ".join(f"{name}={origin}" for origin in origins for name in ("token", "phrase"))
        headers = secret_headers_provider(origins_from(Environment({"HTTP_SECRETS": named})))
        providers = [own, seal, web_provider(), headers, documents_provider(documents_settings(Environment({})))]
        async with AsyncExitStack() as running:
            await running.enter_async_context(self.hosting())
            for worker in WORKERS:
                await running.enter_async_context(self._worker(worker, providers))
            yield

    @asynccontextmanager
    async def _worker(self, worker: Worker, providers: Sequence[Provider]) -> AsyncIterator[None]:
        options = HostOptions(LOCK, worker.name)
        host = WorkerHost(worker, self.broker, options, clock=self.clock, vault=self.a_vault(), providers=providers)
        running = asyncio.create_task(host.run())
        self.workers.append(running)
        try:
            yield
        finally:
            running.cancel()  # A stop would wait for the receive that is under way.
            await asyncio.wait([running])

    async def outcome(self, name: str, data: object, id: str) -> Any:
        """Run an instance to its end, and look at it as people do."""
        await operations.start(self.api, operations.NewInstance(name, data, id))
        await self.until(lambda: self._has_ended(id))
        head = await operations.show(self.api, id)
        self.shown += [repr(head).encode(), repr(await self.history(id)).encode()]
        return head

    async def _has_ended(self, id: str) -> bool:
        for worker in self.workers:
            if worker.done():
                worker.result()
        head = await self.head(id)
        return head is not None and head.status.ended

    async def left(self) -> dict[str, list[bytes]]:
        """Give everything that a run left behind, by where it lies."""
        objects = [info async for info in self.objects.list("sealed")]
        objects += [info async for info in self.objects.list("payloads")]
        logged = [
            f"{record.getMessage()} {record.msg!r} {record.args!r} {vars(record)} {record.exc_text}".encode()
            for record in self.log.records
        ]
        return {
            "records": self.records_seen,
            "messages": self.messages_seen,
            "objects": [info.name.encode() + await self.objects.get(info.name) for info in objects],
            "log": logged,
            "shown": self.shown,
        }
