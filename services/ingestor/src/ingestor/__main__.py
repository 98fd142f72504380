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
from durable.adapters.objects import objects_from
from durable.adapters.servicebus import broker_from
from durable.health import Health
from durable.http.serving import serving
from durable.logs import configure_logs
from durable.process import on_stop_signals, run_service
from ingestor.app import create_app
from ingestor.dependencies import IngestorDependencies
from ingestor.settings import IngestorSettings, read_settings

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
    broker = broker_from(settings.servicebus)
    try:
        dependencies = IngestorDependencies(
            broker=broker,
            objects=objects_from(settings.object_store_url, settings.servicebus.client_id),
            clock=SystemClock(),
            catalogue=CATALOGUE,
            health=Health(),
            random_bits=secrets.randbits,
            limits=settings.limits,
        )
        async with serving(create_app(dependencies), settings.serving.host, settings.serving.port) as port:
            _log.info("listening on http://%s:%d", settings.serving.host, port)
            await stop.wait()
    finally:
        await broker.close()


if __name__ == "__main__":
    sys.exit(main())
