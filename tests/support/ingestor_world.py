"""The ingestor over ports in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

from fastapi import FastAPI
from pydantic import BaseModel

from contracts.catalogue import CATALOGUE
from durable.adapters.memory import ManualClock, MemoryObjects
from durable.health import Health
from durable.objects import ObjectStore
from durable.ports import Broker, Delivery
from durable.telemetry.metrics import Metrics
from durable.telemetry.tracing import Tracing
from ingestor.app import create_app
from ingestor.blob_events import BLOB_CREATED, BlobMapping
from ingestor.dependencies import IngestorDependencies, Limits
from ingestor.ingestion import Ingestion
from tests.support.api_world import memory_broker
from tests.support.asgi import AsgiClient

CONTAINER = "https://shop.blob.core.windows.net/data"


@dataclass
class IngestorWorld:
    clock: ManualClock = field(default_factory=ManualClock)
    objects: MemoryObjects = field(default_factory=MemoryObjects)
    health: Health = field(default_factory=Health)
    limits: Limits = field(default_factory=Limits)
    catalogue: dict[str, type[BaseModel]] = field(default_factory=lambda: dict(CATALOGUE))
    webhook_origins: frozenset[str] = frozenset({"*"})
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    tracing: Tracing | None = None
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        self.broker = memory_broker(self.clock)

    def no_patience(self) -> None:
        """Have the ingestor give up on the broker at once."""
        self.limits = replace(self.limits, patience=timedelta(milliseconds=1))

    def ingestion(self, *, broker: Broker | None = None, objects: ObjectStore | None = None) -> Ingestion:
        return Ingestion(
            IngestorDependencies(
                broker=broker or self.broker,
                objects=objects or self.objects,
                clock=self.clock,
                catalogue=self.catalogue,
                health=self.health,
                random_bits=lambda _: next(self.numbers),
                limits=self.limits,
                mappings={BLOB_CREATED: BlobMapping(CONTAINER, "inbox")},
                webhook_origins=self.webhook_origins,
                tracing=self.tracing,
                metrics=self.metrics,
            )
        )

    def app(self, *, broker: Broker | None = None, objects: ObjectStore | None = None) -> FastAPI:
        return create_app(self.ingestion(broker=broker, objects=objects))

    def client(self, *, broker: Broker | None = None, objects: ObjectStore | None = None) -> AsgiClient:
        return AsgiClient(self.app(broker=broker, objects=objects))

    async def published(self) -> Sequence[Delivery]:
        receiver = await self.broker.receiver("events/orchestrator")
        return await receiver.receive(1000, timedelta(0))

    async def stored(self) -> list[str]:
        return [info.name async for info in self.objects.list("uploads")]
