"""What the management API is given by the composition root."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from durable.health import Health
from durable.ports import Broker, Clock, RecordStore
from durable.saga import Saga
from durable.trace import RandomBits


@dataclass(frozen=True, slots=True)
class ApiDependencies:
    """Ports and facts.

    Attributes:
        partition_count: the recorded one; messages sent under another would go to the wrong host.
        sagas: the newest version of each saga, by name.
        random_bits: gives that many random bits as a number; `secrets.randbits` in production.
    """

    store: RecordStore
    broker: Broker
    clock: Clock
    partition_count: int
    sagas: Mapping[str, Saga[Any, Any]]
    health: Health
    random_bits: RandomBits

    def nonce(self) -> str:
        """Give 32 hex digits that nobody has seen."""
        return f"{self.random_bits(128):032x}"
