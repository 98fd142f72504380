"""What the ingestor is given by its composition root."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import BaseModel

from durable.health import Health
from durable.objects import ObjectStore
from durable.ports import Broker, Clock
from durable.telemetry.metrics import Metrics
from durable.telemetry.tracing import Tracing
from durable.trace import RandomBits
from ingestor.foreign import Mappings

EVENT_BYTES_MAX = 240 * 1024
UPLOAD_BYTES_MAX = 100 * 1024 * 1024
WAITING_EVENTS_MAX = 2000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a request may bring, how much may wait for the broker, and how long that may take to confirm."""

    event_bytes: int = EVENT_BYTES_MAX
    upload_bytes: int = UPLOAD_BYTES_MAX
    waiting_events: int = WAITING_EVENTS_MAX
    patience: timedelta = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class IngestorDependencies:
    """Ports and facts.

    Attributes:
        catalogue: the event types that are taken, and the type of their data.
        random_bits: gives that many random bits as a number; `secrets.randbits` in production.
        mappings: types of others, and what makes events of the catalogue of them.
        webhook_origins: who may deliver events as a webhook, `*` for anybody.
        tracing: takes the spans of requests; `None` if nobody does.
        metrics: of this process.
    """

    broker: Broker
    objects: ObjectStore
    clock: Clock
    catalogue: Mapping[str, type[BaseModel]]
    health: Health
    random_bits: RandomBits
    limits: Limits = Limits()
    mappings: Mappings = field(default_factory=dict)
    webhook_origins: Set[str] = frozenset({"*"})
    tracing: Tracing | None = None
    metrics: Metrics = field(default_factory=Metrics)
