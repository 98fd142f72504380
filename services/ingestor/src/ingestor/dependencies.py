"""What the ingestor is given by its composition root."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from pydantic import BaseModel

from durable.health import Health
from durable.objects import ObjectStore
from durable.ports import Broker, Clock
from durable.trace import RandomBits

EVENT_BYTES_MAX = 240 * 1024
UPLOAD_BYTES_MAX = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a request may bring, and how long the broker may take to confirm."""

    event_bytes: int = EVENT_BYTES_MAX
    upload_bytes: int = UPLOAD_BYTES_MAX
    patience: timedelta = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class IngestorDependencies:
    """Ports and facts.

    Attributes:
        catalogue: the event types that are taken, and the type of their data.
        random_bits: gives that many random bits as a number; `secrets.randbits` in production.
    """

    broker: Broker
    objects: ObjectStore
    clock: Clock
    catalogue: Mapping[str, type[BaseModel]]
    health: Health
    random_bits: RandomBits
    limits: Limits = Limits()
