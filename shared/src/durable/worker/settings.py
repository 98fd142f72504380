"""The settings of a worker service."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from durable.codecs import Codecs
from durable.control import CONTROL
from durable.settings import (
    Environment,
    SecretsSettings,
    ServiceBusSettings,
    ServingSettings,
    other_stores,
    payload_codecs,
    secrets_settings,
    servicebus_settings,
    serving_settings,
    topology_setting,
)
from durable.telemetry.settings import TelemetrySettings, telemetry_settings
from durable.worker.options import HostOptions
from durable.worker.registration import Worker


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a worker service is told by its environment."""

    servicebus: ServiceBusSettings
    object_store_url: str
    other_stores: Mapping[str, str]
    codecs: Codecs
    serving: ServingSettings
    host: HostOptions
    secrets: SecretsSettings
    telemetry: TelemetrySettings


def worker_settings(environment: Environment, worker: Worker, topology_package: str) -> WorkerSettings:
    """Read the settings `WORKER_…`, `SHUTDOWN_GRACE_SECONDS` and what all services read.

    Raises:
        SettingsInvalid: settings are missing or wrong, or the topology lacks the queue of this worker or `control`.
    """
    serving, servicebus = serving_settings(environment), servicebus_settings(environment)
    topology = topology_setting(environment, topology_package, worker.queue, CONTROL)
    settings = WorkerSettings(
        servicebus=servicebus,
        object_store_url=environment.text("OBJECT_STORE_URL"),
        other_stores=other_stores(environment),
        codecs=payload_codecs(environment),
        serving=serving,
        secrets=secrets_settings(environment),
        telemetry=telemetry_settings(environment, worker.name, serving.replica, servicebus),
        host=HostOptions(
            lock=topology.locks.get(worker.queue, timedelta(0)),
            replica=f"{worker.name}@{serving.replica}",
            concurrency=environment.number("WORKER_CONCURRENCY", 32, least=1, most=10_000),
            threads=environment.number("WORKER_THREADS", 4, least=1, most=1_000),
            processes=environment.number("WORKER_PROCESSES", os.cpu_count() or 1, least=1, most=1_000),
            grace=timedelta(seconds=environment.number("SHUTDOWN_GRACE_SECONDS", 20, least=0, most=3_600)),
        ),
    )
    environment.done()
    return settings
