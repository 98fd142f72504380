"""Runs the orchestrator service: reads the settings, connects, serves until SIGTERM or SIGINT.

The exit code is 0 after a stop that was asked for, 2 for settings or sagas that must be mended first, and 1 for
anything else.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import uvloop

from durable.adapters.clock import SystemClock
from durable.adapters.cosmos import store_from
from durable.adapters.servicebus import broker_from
from durable.errors import AuthorError, SettingsInvalid
from durable.logs import configure_logs
from orchestrator.cluster import PartitionCountDiffers
from orchestrator.service import Outside, Replica, serve
from orchestrator.settings import Settings, load_sagas, read_settings


def main() -> int:
    """Run the service and give the exit code."""
    try:
        settings = read_settings(os.environ)
        configure_logs(settings.serving.log_level, settings.serving.log_format)
        replica = Replica(tuple(load_sagas(settings.saga_modules)), settings.partition_count, settings.serving)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(settings, replica))
    except (SettingsInvalid, AuthorError, PartitionCountDiffers) as error:
        sys.stderr.write(f"the orchestrator can't start: {error}\n")
        return 2
    return 0


async def run(settings: Settings, replica: Replica) -> None:
    """Connect and serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    store = await store_from(settings.cosmos)
    broker = broker_from(settings.servicebus)
    try:
        await serve(replica, Outside(store, broker, SystemClock(), settings.topology), stop)
    finally:
        await broker.close()
        await store.close()


if __name__ == "__main__":
    sys.exit(main())
