"""The management API over ports in memory, with sagas that are only declared."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from importlib.resources import files
from itertools import count
from typing import Any

import orjson
from fastapi import FastAPI
from pydantic import BaseModel, Field

from durable import SagaContext, Status, saga
from durable.adapters.memory import ManualClock, MemoryBroker, MemoryObjects, MemoryStore, read_entities
from durable.adapters.memory.clock import AlarmClock
from durable.codecs import Codecs
from durable.events import HistoryEvent
from durable.health import Health
from durable.ids import partition_of
from durable.messages import INSTANCES, InstanceMessage
from durable.ports import Broker, Delivery, RecordStore, Upsert
from durable.requests import OwnerRequest
from durable.saga import Saga
from durable.telemetry.tracing import Tracing
from durable.vault import Vault
from orchestrator.api import create_app
from orchestrator.engine import Registry, Setup
from orchestrator.heads import Head, decode_head, encode_head
from orchestrator.operations import HeadWriter, Ports, SagaCatalogue
from orchestrator.records import TurnRecord, encode_turn
from orchestrator.sends import telling_sends
from tests.support.asgi import AsgiClient

PARTITIONS = 4


class Order(BaseModel):
    amount: int = Field(ge=1)
    note: str = ""


@saga("pay", version="3", starts_on="order.placed")
async def pay(ctx: SagaContext, order: Order) -> str:
    raise NotImplementedError


@saga("tick")
async def tick(ctx: SagaContext) -> None:
    raise NotImplementedError


@saga("sweep", singleton=True)
async def sweep(ctx: SagaContext) -> None:
    raise NotImplementedError


def memory_broker(clock: AlarmClock) -> MemoryBroker:
    return MemoryBroker(read_entities((files("contracts") / "topology.json").read_bytes()), clock)


@dataclass
class ApiWorld:
    clock: ManualClock = field(default_factory=ManualClock)
    store: MemoryStore = field(default_factory=MemoryStore)
    objects: MemoryObjects = field(default_factory=MemoryObjects)
    codecs: Codecs = field(default_factory=Codecs)
    health: Health = field(default_factory=Health)
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    sagas: tuple[Saga[Any, Any], ...] = (pay, tick, sweep)
    tracing: Tracing | None = None

    def __post_init__(self) -> None:
        self.broker = memory_broker(self.clock)
        self.setup = Setup(Registry(self.sagas), frozenset({"commands.shop"}))

    def app(self, *, store: RecordStore | None = None, broker: Broker | None = None) -> FastAPI:
        return create_app(
            self.ports(store=store, broker=broker),
            self.health,
        )

    def ports(self, *, store: RecordStore | None = None, broker: Broker | None = None) -> Ports:
        return Ports(
            store=store or self.store,
            broker=telling_sends(broker or self.broker, self.tracing, self.clock),
            clock=self.clock,
            partition_count=PARTITIONS,
            setup=self.setup,
            catalogue=SagaCatalogue({saga.name: saga for saga in self.sagas}),
            heads=HeadWriter(store or self.store),
            random_bits=lambda _: next(self.numbers),
            vault=Vault(self.objects, self.codecs),
            tracing=self.tracing,
        )

    def client(self, *, store: RecordStore | None = None, broker: Broker | None = None) -> AsgiClient:
        return AsgiClient(self.app(store=store, broker=broker))

    async def head(self, instance_id: str) -> Head | None:
        stored = await self.store.read(partition_of(instance_id, PARTITIONS), instance_id)
        return None if stored is None else decode_head(stored.record)

    async def deliveries(self, instance_id: str) -> Sequence[Delivery]:
        """Take all messages on their way to the partition of an instance."""
        receiver = await self.broker.session(INSTANCES, partition_of(instance_id, PARTITIONS))
        taken = await receiver.receive(1000, timedelta(0))
        await receiver.complete(taken)
        await receiver.close()
        return taken

    async def messages(self, instance_id: str) -> list[InstanceMessage]:
        taken = await self.deliveries(instance_id)
        return [InstanceMessage.from_body(each.body, each.properties) for each in taken]

    async def request(self, instance_id: str) -> OwnerRequest:
        """Take the one request on its way to the owner of an instance, of whatever kind."""
        (delivery,) = await self.deliveries(instance_id)
        record = orjson.loads(delivery.body)
        return OwnerRequest(
            record["id"], record["instance_id"], record["kind"], record.get("run", ""), record.get("data", {})
        )

    async def put_head(self, head: Head) -> None:
        await self.store.write(head.partition, [Upsert(encode_head(head))])

    async def put_turn(self, turn: TurnRecord) -> None:
        partition = partition_of(turn.instance_id, PARTITIONS)
        await self.store.write(partition, [Upsert(encode_turn(turn, partition))])

    def a_head(self, instance_id: str = "a", status: Status = Status.RUNNING) -> Head:
        now = self.clock.now()
        return Head(
            instance_id=instance_id,
            partition=partition_of(instance_id, PARTITIONS),
            saga="pay",
            version="3",
            status=status,
            run="00aa00aa00aa00aa",
            start="start-of-a",
            created_at=now,
            updated_at=now,
            input={"amount": 1},
        )

    def a_turn(self, sequence: int, *events: HistoryEvent, execution: int = 1, first: int = 1) -> TurnRecord:
        now = self.clock.now()
        stamped = tuple(replace(event, at=now, sequence=first + index) for index, event in enumerate(events))
        return TurnRecord("a", "00aa00aa00aa00aa", execution, sequence, now, "1:x", stamped, (), None)
