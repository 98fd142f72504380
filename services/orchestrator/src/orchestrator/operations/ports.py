"""What the operations are given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from durable.ids import partition_of
from durable.ports import Broker, Clock, RecordStore
from durable.telemetry.tracing import Tracing
from durable.trace import RandomBits
from durable.vault import Vault
from orchestrator.engine import Setup
from orchestrator.operations.catalogue import SagaCatalogue
from orchestrator.operations.head_writer import HeadWriter
from orchestrator.operations.recent import Recent

T = TypeVar("T")


class Guard(Protocol):
    """Runs something that may go on for too long."""

    def __call__(self, run: Callable[[], T], /) -> T:
        """Run it."""


def unguarded(run: Callable[[], T], /) -> T:
    """Run something for as long as it takes."""
    return run()


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports and facts; one for a process.

    Attributes:
        partition_count: the recorded one; messages sent under another would go to the wrong host.
        setup: what instances are replayed with.
        catalogue: the sagas that can be started.
        heads: writes new heads, to `store`.
        recent: what was sent from here and need not be visible yet.
        random_bits: gives that many random bits as a number; `secrets.randbits` in production.
        guard: runs the code of sagas, and ends what goes on for too long by an `AuthorError`.
        vault: seals and opens payloads.
        tracing: takes the spans of requests; `None` if nobody does.
    """

    store: RecordStore
    broker: Broker
    clock: Clock
    partition_count: int
    setup: Setup
    catalogue: SagaCatalogue
    heads: HeadWriter
    random_bits: RandomBits
    vault: Vault
    recent: Recent = field(default_factory=Recent)
    guard: Guard = field(default=unguarded)
    tracing: Tracing | None = None

    def nonce(self) -> str:
        """Give 32 hex digits that nobody has seen."""
        return f"{self.random_bits(128):032x}"

    def partition(self, instance_id: str) -> str:
        """Give the partition of an instance."""
        return partition_of(instance_id, self.partition_count)
