"""The orchestrator put together from its parts: keeper, router and management API, over ports that it is given.

1. Nothing here knows which adapters stand behind the ports, so that tests compose the real service over other ones.
2. It runs until told to stop or until a part fails; then partitions are given back before anything is closed.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from durable.errors import AuthorError
from durable.health import Health
from durable.hooks import Hooks
from durable.http.entrance import EntranceSettings, entrance
from durable.http.measuring import add_metrics_route, measure_requests
from durable.http.serving import serving
from durable.messages import INSTANCES
from durable.ports import Broker, Clock, RecordStore
from durable.saga import Saga
from durable.settings import ServingSettings
from durable.telemetry.metrics import Metrics, Written
from durable.telemetry.span import Attributes
from durable.telemetry.tracing import Tracing
from durable.topology import Topology
from durable.vault import Vault
from orchestrator.api import create_app, needed_role
from orchestrator.cluster import Membership, agree_on_partition_count
from orchestrator.dead_letters import DeadLetters
from orchestrator.engine import Registry, Setup
from orchestrator.engine.limits import Limits
from orchestrator.host.host_ports import HostLimits, HostPorts
from orchestrator.host.loading import REPLAY_TURNS
from orchestrator.host.together import unless, until_one_ends, until_set
from orchestrator.host.watchdog import TurnTooLong, Watchdog, told_of
from orchestrator.keeper import Keeper
from orchestrator.operations import Guard, HeadWriter, Ports, SagaCatalogue
from orchestrator.router import ROUTING, Router
from orchestrator.routings import Routings
from orchestrator.sends import telling_sends

_LOG = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outside:
    """The ports of one replica, and what they reach; `database` is how spans name the store."""

    store: RecordStore
    broker: Broker
    clock: Clock
    topology: Topology
    vault: Vault
    tracing: Tracing | None = None
    metrics: Metrics = field(default_factory=Metrics)
    written: Written | None = None
    database: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Replica:
    """What one replica is: its sagas, its place among its like, and where it listens."""

    sagas: tuple[Saga[Any, Any], ...]
    partition_count: int
    serving: ServingSettings
    limits: HostLimits = field(default_factory=HostLimits)
    guards: Limits = field(default_factory=Limits)
    hooks: tuple[Hooks, ...] = ()
    entrance: EntranceSettings = field(default_factory=EntranceSettings)


async def serve(replica: Replica, outside: Outside, stop: asyncio.Event) -> None:
    """Serve until `stop` is set.

    Raises:
        PartitionCountDiffers: the deployment has another number of partitions.
        AuthorError: two sagas have the same name and version.
    """
    health = Health("partitions", ROUTING)
    registry = Registry(replica.sagas)
    await unless(stop, agree_on_partition_count(outside.store, replica.partition_count))
    if stop.is_set():
        return
    # Two processes on one machine share its name; the suffix tells them apart and is new with every start.
    host = f"{replica.serving.replica}-{nonce()[:8]}"
    ports = HostPorts(
        broker=outside.broker,
        store=outside.store,
        clock=outside.clock,
        setup=Setup(registry, outside.topology.destinations, replica.guards),
        host=host,
        partition_count=replica.partition_count,
        lock=outside.topology.locks[INSTANCES],
        nonce=nonce,
        limits=replica.limits,
        vault=outside.vault,
        hooks=replica.hooks,
        watchdog=Watchdog(replica.limits.turn),
        tracing=outside.tracing,
        metrics=outside.metrics,
        database=outside.database,
    )
    keeper = Keeper(ports, Membership(outside.store, outside.clock, host, nonce), health)
    dead_letters = DeadLetters(outside.broker, outside.topology.destinations, replica.partition_count, outside.metrics)
    router = _router(outside, registry, replica.partition_count, health)
    app = create_app(_api_ports(replica, outside, ports, registry), health)
    measure_requests(app, outside.metrics)
    add_metrics_route(app, outside.written)
    async with (
        entrance(app, needed_role, replica.entrance, health, outside.metrics) as guarded,
        serving(guarded, replica.serving.host, replica.serving.port) as port,
    ):
        _LOG.info("replica %s serves %s on port %d", host, ", ".join(registry.names), port)
        await until_one_ends(keeper.run(), router.run(), dead_letters.run(), until_set(stop))
    _LOG.info("replica %s has stopped", host)


def _router(outside: Outside, registry: Registry, partition_count: int, health: Health) -> Router:
    routings = None if outside.tracing is None else Routings(outside.tracing, outside.clock)
    broker, vault = _telling(outside), outside.vault
    return Router(broker, registry, partition_count, vault, outside.metrics, routings=routings, health=health)


def _api_ports(replica: Replica, outside: Outside, host: HostPorts, registry: Registry) -> Ports:
    return Ports(
        store=outside.store,
        broker=_telling(outside),
        clock=outside.clock,
        partition_count=replica.partition_count,
        setup=host.setup,
        guard=guard_of(host.watchdog),
        catalogue=SagaCatalogue(newest(replica.sagas, registry)),
        heads=HeadWriter(outside.store),
        random_bits=secrets.randbits,
        vault=outside.vault,
        tracing=outside.tracing,
    )


def _telling(outside: Outside) -> Broker:
    return telling_sends(outside.broker, outside.tracing, outside.clock)


def guard_of(watchdog: Watchdog) -> Guard:
    """Let the watchdog look after code of sagas that runs beside the hosts."""

    def guard(run: Callable[[], T]) -> T:
        try:
            return watchdog.run(run, REPLAY_TURNS)
        except TurnTooLong as error:
            raise AuthorError(told_of(error, REPLAY_TURNS * watchdog.limit, "a replay")) from error

    return guard


def newest(sagas: Iterable[Saga[Any, Any]], registry: Registry) -> dict[str, Saga[Any, Any]]:
    """Give the newest version of each saga, by name."""
    found = ((saga.name, registry.find(saga.name)) for saga in sagas)
    return {name: saga for name, saga in found if saga is not None}


def nonce() -> str:
    """Give 32 hex digits that nobody has seen."""
    return secrets.token_hex(16)
