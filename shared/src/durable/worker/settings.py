"""The settings of a worker service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from durable.settings import (
    Environment,
    ServiceBusSettings,
    ServingSettings,
    partition_count,
    servicebus_settings,
    serving_settings,
)
from durable.topology import Topology
from durable.worker.options import HostOptions

DEFAULT_PORT = 8080


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a worker service is told by its environment."""

    servicebus: ServiceBusSettings
    object_store_url: str
    serving: ServingSettings
    host: HostOptions


def worker_settings(environment: Environment, name: str, queue: str, topology: Topology) -> WorkerSettings:
    """Read `WORKER_CONCURRENCY`, `WORKER_THREADS`, `SHUTDOWN_GRACE_SECONDS` and what all services read.

    Raises:
        SettingsInvalid: settings are missing or wrong, or the topology has no command queue of this worker.
    """
    serving = serving_settings(environment, DEFAULT_PORT)
    if not topology.has(queue):
        environment.fault("topology", f"expected queue {queue!r}", ", ".join(sorted(topology.destinations)) or "none")
    settings = WorkerSettings(
        servicebus=servicebus_settings(environment),
        object_store_url=environment.text("OBJECT_STORE_URL"),
        serving=serving,
        host=HostOptions(
            partition_count=partition_count(environment),
            lock=topology.locks.get(queue, timedelta(minutes=1)),
            replica=f"{name}@{serving.replica}",
            concurrency=environment.number("WORKER_CONCURRENCY", 32, least=1, most=10_000),
            threads=environment.number("WORKER_THREADS", 4, least=1, most=1_000),
            grace=timedelta(seconds=environment.number("SHUTDOWN_GRACE_SECONDS", 20, least=0, most=3_600)),
        ),
    )
    environment.done()
    return settings
