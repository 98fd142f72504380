"""Runs the orchestrator service: reads the settings, connects, serves until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Coroutine
from typing import Any

from durable.adapters.clock import SystemClock
from durable.adapters.cosmos import CosmosStore, store_from
from durable.adapters.metered import MeteredBroker, MeteredStore
from durable.adapters.objects import objects_from
from durable.adapters.servicebus import broker_from
from durable.adapters.telemetry import Telemetry, start_telemetry
from durable.logs import configure_logs
from durable.process import on_stop_signals, run_service
from durable.telemetry.metrics.lag import watch_loop
from durable.telemetry.settings import database_attributes
from durable.vault import Vault
from orchestrator.cluster import PartitionCountDiffers
from orchestrator.host.patience import until_answered
from orchestrator.host.together import unless
from orchestrator.service import Outside, Replica, serve
from orchestrator.settings import Settings, load_hooks, load_sagas, read_settings

# Reading a long history makes many objects and no garbage: by default the collector takes half of a cold load.
GC_THRESHOLDS = (50_000, 20, 50)


def main() -> int:
    """Run the service and give the exit code."""
    return run_service("the orchestrator", prepare, PartitionCountDiffers)


def prepare() -> Coroutine[Any, Any, None]:
    """Read the settings and load the sagas; gives what serves them."""
    settings = read_settings(os.environ)
    configure_logs(settings.serving.log_level, settings.serving.log_format)
    gc.set_threshold(*GC_THRESHOLDS)
    replica = Replica(
        tuple(load_sagas(settings.saga_modules)),
        settings.partition_count,
        settings.serving,
        settings.limits,
        settings.guards,
        tuple(load_hooks(settings.saga_modules)),
        settings.entrance,
    )
    return run(settings, replica)


async def run(settings: Settings, replica: Replica) -> None:
    """Connect and serve until SIGTERM or SIGINT; a store that is away is waited for."""
    stop = asyncio.Event()
    on_stop_signals(stop.set)
    telemetry = start_telemetry(settings.telemetry)
    watch_loop(telemetry.metrics)
    try:
        opening = until_answered(lambda: store_from(settings.cosmos, telemetry.metrics), "record store")
        store = await unless(stop, opening)
        if store is not None:
            await _run_with(store, settings, replica, telemetry, stop)
    finally:
        telemetry.close()


async def _run_with(
    records: CosmosStore, settings: Settings, replica: Replica, telemetry: Telemetry, stop: asyncio.Event
) -> None:
    metrics, clock = telemetry.metrics, SystemClock()
    store = MeteredStore(records, metrics)
    broker = MeteredBroker(broker_from(settings.servicebus, metrics), metrics, clock)
    vault = Vault(objects_from(settings.object_store_url, settings.servicebus.client_id), settings.codecs)
    outside = Outside(
        store,
        broker,
        clock,
        settings.topology,
        vault,
        telemetry.tracing,
        metrics,
        telemetry.written,
        database_attributes(settings.cosmos),
    )
    try:
        await serve(replica, outside, stop)
    finally:
        await broker.close()
        await store.close()


if __name__ == "__main__":
    sys.exit(main())
