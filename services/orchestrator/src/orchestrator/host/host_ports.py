"""What a partition host is given, and shares with the others of its replica."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from durable.hooks import Hooks
from durable.ports import Broker, Clock, RecordStore
from durable.telemetry.metrics import Metrics
from durable.telemetry.span import Attributes
from durable.telemetry.tracing import Tracing
from durable.vault import Vault
from orchestrator.engine import Setup
from orchestrator.host.watchdog import Watchdog


@dataclass(frozen=True, slots=True)
class HostLimits:
    """How long things may take.

    Attributes:
        parked_for: how long an event waits for an instance that has not started.
        kept_for: how long an instance is kept after its end.
        turn: how long the code of a saga may run without awaiting; less than a third of the lock of a session.
    """

    parked_for: timedelta = timedelta(hours=24)
    kept_for: timedelta = timedelta(days=30)
    turn: timedelta = timedelta(seconds=4)


@dataclass(frozen=True, slots=True)
class HostPorts:
    """What a partition host is given.

    Attributes:
        host: name of this replica.
        nonce: gives a text that nobody else has, for the ids of takeovers and batches.
        lock: lock duration of the session.
        vault: seals and opens payloads.
        hooks: told of what turns did.
        watchdog: one for all partitions of the replica, as they share a thread.
        tracing: takes the spans of what was committed; `None` if nobody does.
        metrics: of this process.
        database: the attributes by which spans name the store.
    """

    broker: Broker
    store: RecordStore
    clock: Clock
    setup: Setup
    host: str
    partition_count: int
    lock: timedelta
    nonce: Callable[[], str]
    vault: Vault
    limits: HostLimits = field(default_factory=HostLimits)
    hooks: tuple[Hooks, ...] = ()
    watchdog: Watchdog = field(default_factory=lambda: Watchdog(HostLimits().turn))
    tracing: Tracing | None = None
    metrics: Metrics = field(default_factory=Metrics)
    database: Attributes = field(default_factory=dict)
