"""Runs the ingestor: reads the settings, connects, serves until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import sys
from collections.abc import Coroutine
from typing import Any

from contracts.catalogue import CATALOGUE
from durable.adapters.clock import SystemClock
from durable.adapters.metered import MeteredBroker
from durable.adapters.objects import objects_from
from durable.adapters.servicebus import broker_from
from durable.adapters.telemetry import Telemetry, start_telemetry
from durable.health import Health
from durable.http.entrance import entrance
from durable.http.measuring import add_metrics_route
from durable.http.serving import serving
from durable.logs import configure_logs
from durable.ports import Broker
from durable.process import on_stop_signals, run_service
from durable.telemetry.metrics.lag import watch_loop
from ingestor.app import create_app
from ingestor.blob_events import BLOB_CREATED, BlobMapping
from ingestor.dependencies import IngestorDependencies
from ingestor.ingestion import Ingestion
from ingestor.roles import needed_role
from ingestor.settings import IngestorSettings, read_settings
from ingestor.sources.opened import SourceOptions, running_sources

_log = logging.getLogger("ingestor")


def main() -> int:
    """Run the service and give the exit code."""
    return run_service("the ingestor", prepare)


def prepare() -> Coroutine[Any, Any, None]:
    """Read the settings; gives what serves by them."""
    settings = read_settings(os.environ)
    configure_logs(settings.serving.log_level, settings.serving.log_format)
    return run(settings)


async def run(settings: IngestorSettings) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are answered first.

    Raises:
        SettingsInvalid: the object store's address is of no known form.
        OSError: the port is taken.
    """
    stop = asyncio.Event()
    on_stop_signals(stop.set)
    telemetry = start_telemetry(settings.telemetry)
    watch_loop(telemetry.metrics)
    broker = MeteredBroker(broker_from(settings.servicebus, telemetry.metrics), telemetry.metrics, SystemClock())
    try:
        ingestion = Ingestion(_dependencies(settings, broker, telemetry))
        sources = running_sources(_source_options(settings), ingestion)
        app = create_app(ingestion)
        add_metrics_route(app, telemetry.written)
        async with (
            entrance(app, needed_role, settings.entrance, ingestion.given.health, telemetry.metrics) as guarded,
            serving(guarded, settings.serving.host, settings.serving.port) as port,
            sources as names,
        ):
            _log.info("listening on http://%s:%d", settings.serving.host, port)
            for name in names:
                _log.info("taking events from %s", name)
            await stop.wait()
    finally:
        await broker.close()
        telemetry.close()


def _dependencies(settings: IngestorSettings, broker: Broker, telemetry: Telemetry) -> IngestorDependencies:
    return IngestorDependencies(
        broker=broker,
        objects=objects_from(settings.object_store_url, settings.servicebus.client_id),
        clock=SystemClock(),
        catalogue=CATALOGUE,
        health=Health(),
        random_bits=secrets.randbits,
        limits=settings.limits,
        mappings={BLOB_CREATED: BlobMapping(settings.blob_container_url, settings.blob_events_folder)},
        webhook_origins=settings.webhook_origins,
        tracing=telemetry.tracing,
        metrics=telemetry.metrics,
    )


def _source_options(settings: IngestorSettings) -> SourceOptions:
    return SourceOptions(
        storage_queue=settings.storage_queue,
        event_hub=settings.event_hub,
        watch=settings.watch,
        object_store_url=settings.object_store_url,
        client_id=settings.servicebus.client_id,
    )


if __name__ == "__main__":
    sys.exit(main())
