import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any

from durable.adapters.memory import (
    LoopClock,
    MemoryBroker,
    MemoryObjects,
    MemoryStore,
    QueueDescription,
    TopicDescription,
)
from durable.codecs import Codecs
from durable.control import CONTROL
from durable.errors import LockLost
from durable.events import EventReceived, HistoryEvent, Rewound, SagaStarted
from durable.ids import message_id, partition_of, partitions
from durable.messages import INSTANCES, LIFECYCLE, InstanceMessage
from durable.ports import Broker, Record, RecordStore, Upsert
from durable.requests import OwnerRequest
from durable.saga import Saga
from durable.telemetry.tracing import Tracing
from durable.vault import Vault
from durable.worker import HostOptions, WorkerHost
from orchestrator.assembly import Assembly, whole_turns
from orchestrator.engine import Identity, Instance, Registry, Setup
from orchestrator.heads import Head, decode_head
from orchestrator.host.host_ports import HostLimits, HostPorts
from orchestrator.host.partition import PartitionHost
from orchestrator.host.watchdog import Watchdog
from orchestrator.records import TurnRecord, decode_turn, history_of, records_range, turn_range
from orchestrator.tombstones import Tombstone, decode_tombstone, is_tombstone
from tests.support.host_sagas import SAGAS, a_worker

PARTITION = "000"
LOCK = timedelta(seconds=15)
WINDOW = timedelta(minutes=10)
QUEUES = frozenset({INSTANCES, "commands.steps", CONTROL, LIFECYCLE})


@dataclass
class HostWorld:
    """One partition, or a few, over the memory adapters, in virtual time."""

    sagas: Sequence[Saga[Any, Any]] = SAGAS
    effects: list[tuple[str, str]] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=count)
    limits: HostLimits = field(default_factory=HostLimits)
    codecs: Codecs = field(default_factory=Codecs)
    partition_count: int = 1
    tracing: Tracing | None = None
    worker_tracing: Tracing | None = None

    def __post_init__(self) -> None:
        self.clock = LoopClock()
        self.store = MemoryStore()
        self.objects = MemoryObjects()
        self.broker = MemoryBroker(
            [
                QueueDescription(INSTANCES, LOCK, sessions=True, max_deliveries=2000, duplicate_window=WINDOW),
                QueueDescription("commands.steps", timedelta(minutes=1), duplicate_window=WINDOW),
                QueueDescription(CONTROL, timedelta(minutes=1), sessions=True, duplicate_window=WINDOW),
                TopicDescription(LIFECYCLE, (QueueDescription("all"),)),
            ],
            self.clock,
        )
        self.setup = Setup(Registry(self.sagas), QUEUES)

    def ports(self, broker: Broker | None = None, store: RecordStore | None = None, host: str = "host") -> HostPorts:
        return HostPorts(
            broker=broker or self.broker,
            store=store or self.store,
            clock=self.clock,
            setup=self.setup,
            host=host,
            partition_count=self.partition_count,
            lock=LOCK,
            nonce=lambda: f"nonce-{next(self.numbers)}",
            limits=self.limits,
            vault=self.a_vault(),
            watchdog=Watchdog(self.limits.turn),
            tracing=self.tracing,
        )

    def a_vault(self) -> Vault:
        """The vault of one process: what it remembers is gone with it."""
        return Vault(self.objects, self.codecs)

    def home(self, id: str) -> str:
        return partition_of(id, self.partition_count)

    @asynccontextmanager
    async def hosting_all(self) -> AsyncIterator[None]:
        """Serve every partition."""
        async with AsyncExitStack() as hosts:
            for partition in partitions(self.partition_count):
                await hosts.enter_async_context(self.hosting(partition=partition))
            yield

    @asynccontextmanager
    async def hosting(self, ports: HostPorts | None = None, partition: str = PARTITION) -> AsyncIterator[PartitionHost]:
        """Serve a partition, from taken over to stopped."""
        ports = ports or self.ports()
        ready = asyncio.Event()
        host = PartitionHost(ports, await ports.broker.session(INSTANCES, partition))
        serving = asyncio.create_task(host.serve(ready.set))
        try:
            await asyncio.wait({serving, asyncio.create_task(ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
            yield host
        finally:
            host.stop()
            with suppress(LockLost):
                await serving

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        worker = a_worker(self.effects)
        host = WorkerHost(
            worker,
            self.broker,
            HostOptions(timedelta(minutes=1)),
            clock=self.clock,
            vault=self.a_vault(),
            random=Random(1),
            tracing=self.worker_tracing,
        )
        running = asyncio.create_task(host.run())
        try:
            yield
        finally:
            host.stop()
            await running

    async def start(self, saga: Saga[Any, Any] | str, input: object = None, id: str = "a") -> InstanceMessage:
        name = saga if isinstance(saga, str) else saga.name
        start = InstanceMessage(message_id(id, "", "SagaStarted", name), id, SagaStarted(saga=name, input=input))
        await self.tell(start)
        return start

    async def raise_event(
        self, name: str, payload: object, id: str = "a", event_id: str = "e", broker_id: str | None = None
    ) -> None:
        event = EventReceived(name=name, payload=payload)
        message = InstanceMessage(message_id(id, "", "EventReceived", event_id), id, event)
        await self.tell(message, broker_id)

    async def tell(self, message: InstanceMessage, broker_id: str | None = None) -> None:
        await self.broker.send(INSTANCES, [message.to_message(self.home(message.instance_id), broker_id=broker_id)])

    async def ask(self, request: OwnerRequest, broker_id: str | None = None) -> None:
        await self.broker.send(INSTANCES, [request.to_message(self.home(request.instance_id), broker_id=broker_id)])

    async def until(self, holds: Callable[[], Any], patience: timedelta = timedelta(hours=3)) -> None:
        async with asyncio.timeout(patience.total_seconds()):
            pause = 0.02
            while not await holds():
                await asyncio.sleep(pause)
                pause = min(pause * 1.2, 30)

    async def ended(self, id: str = "a", patience: timedelta = timedelta(hours=3)) -> Head:
        async def has_ended() -> bool:
            head = await self.head(id)
            return head is not None and head.status.ended

        await self.until(has_ended, patience)
        head = await self.head(id)
        assert head is not None
        return head

    async def head(self, id: str = "a") -> Head | None:
        stored = await self.store.read(self.home(id), id)
        return decode_head(stored.record) if stored and not is_tombstone(stored.record) else None

    async def tombstone(self, id: str = "a") -> Tombstone | None:
        stored = await self.store.read(self.home(id), id)
        return decode_tombstone(stored.record) if stored and is_tombstone(stored.record) else None

    async def purged(self, id: str = "a") -> None:
        await self.until(lambda: self.tombstone(id))

    async def records(self, id: str = "a") -> list[str]:
        """Ids of what is stored of an instance beside its head."""
        return [stored.record["id"] async for stored in self.store.scan(self.home(id), *records_range(id))]

    async def overwrite(self, record: Record) -> None:
        """Change what is stored, as an accident or a newer version would."""
        await self.store.write(PARTITION, [Upsert({key: value for key, value in record.items() if key[0] != "_"})])

    async def turns(self, id: str = "a", execution: int = 1) -> list[TurnRecord]:
        scan = self.store.scan(self.home(id), *turn_range(id, execution))
        return [decode_turn(record) async for record in whole_turns(scan, Assembly())]

    async def history(self, id: str = "a", execution: int = 1) -> list[HistoryEvent]:
        return history_of(await self.turns(id, execution))

    async def check(self, id: str = "a") -> None:
        """What must hold of every instance, whatever happened."""
        head = await self.head(id)
        assert head is not None
        outside: list[str] = []
        for execution in range(1, head.execution + 1):
            turns = await self.turns(id, execution)
            history = history_of(turns)
            kept = next((index for index, event in enumerate(history) if isinstance(event, Rewound)), -1) + 1
            assert [turn.sequence for turn in turns] == list(range(1, len(turns) + 1))
            assert [event.sequence for event in history] == list(range(1, len(history) + 1))
            if kept:
                outside.clear()
            outside += [event.message_id for event in history if event.message_id]
            replayed = Instance.replay(Identity(id, turns[0].run, execution), self.setup, history)
            assert replayed.mismatch is None
        assert len(outside) == len(set(outside)), "a message was taken twice"
        assert replayed.status is head.status
