"""A worker service over mortal ports: `python -m tests.e2e.services.mortal_worker`."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import uvloop

from durable.adapters.clock import SystemClock
from durable.adapters.objects import objects_from
from durable.adapters.servicebus import broker_from
from durable.health import Health, serve_health
from durable.logs import configure_logs
from durable.settings import Environment
from durable.vault import Vault
from durable.worker import WorkerHost, worker_settings
from tests.e2e.services.effects import Effects
from tests.e2e.services.fate import read_fate
from tests.e2e.services.handlers import a_worker
from tests.e2e.services.mortal_ports import MortalBroker


async def main() -> None:
    """Serve until SIGTERM or death."""
    worker = a_worker(os.environ["WORKER"], Effects(Path(os.environ["EFFECTS_FILE"])))
    settings = worker_settings(Environment(os.environ), worker, "contracts")
    configure_logs(settings.serving.log_level, settings.serving.log_format)
    broker = MortalBroker(broker_from(settings.servicebus), read_fate(os.environ))
    health = Health()
    vault = Vault(objects_from(settings.object_store_url), settings.codecs)
    host = WorkerHost(worker, broker, settings.host, clock=SystemClock(), vault=vault, health=health)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, host.stop)
    server = await serve_health(health, settings.serving.host, settings.serving.port)
    try:
        await host.run()
    finally:
        await server.cleanup()
        await broker.close()


if __name__ == "__main__":
    uvloop.run(main())
