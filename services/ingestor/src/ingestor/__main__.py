"""The process: builds the application of its parts and serves it until told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import sys

import uvloop

from contracts.catalogue import CATALOGUE
from durable.adapters.clock import SystemClock
from durable.adapters.objects import objects_from
from durable.adapters.servicebus import broker_from
from durable.errors import SettingsInvalid
from durable.health import Health
from durable.http.serving import serving
from durable.logs import configure_logs
from ingestor.app import create_app
from ingestor.dependencies import IngestorDependencies
from ingestor.settings import IngestorSettings, read_settings

_log = logging.getLogger("ingestor")


async def run(settings: IngestorSettings) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are answered first.

    Raises:
        SettingsInvalid: the object store's address is of no known form.
        OSError: the port is taken.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
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


def main() -> None:
    """Run the process; settings that are wrong are all named on standard error, with exit code 1."""
    try:
        settings = read_settings(os.environ)
        configure_logs(settings.serving.log_level, settings.serving.log_format)
        uvloop.run(run(settings))
    except SettingsInvalid as error:
        sys.exit(f"ingestor: {error}")


if __name__ == "__main__":
    main()
