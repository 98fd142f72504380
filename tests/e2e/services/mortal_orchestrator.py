"""The orchestrator service over mortal ports: `python -m tests.e2e.services.mortal_orchestrator`."""

from __future__ import annotations

import asyncio
import os
import signal

import uvloop

from durable.adapters.clock import SystemClock
from durable.adapters.cosmos import store_from
from durable.adapters.objects import objects_from
from durable.adapters.servicebus import broker_from
from durable.adapters.telemetry import start_telemetry
from durable.logs import configure_logs
from durable.vault import Vault
from orchestrator.service import Outside, Replica, serve
from orchestrator.settings import load_sagas, read_settings
from tests.e2e.services.fate import read_fate
from tests.e2e.services.mortal_ports import MortalBroker, MortalStore


async def main() -> None:
    """Serve until SIGTERM or death."""
    settings, fate = read_settings(os.environ), read_fate(os.environ)
    configure_logs(settings.serving.log_level, settings.serving.log_format)
    replica = Replica(
        tuple(load_sagas(settings.saga_modules)),
        settings.partition_count,
        settings.serving,
        settings.limits,
        settings.guards,
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    store = MortalStore(await store_from(settings.cosmos), fate)
    broker = MortalBroker(broker_from(settings.servicebus), fate)
    telemetry = start_telemetry(settings.telemetry)
    vault = Vault(objects_from(settings.object_store_url), settings.codecs)
    try:
        await serve(replica, Outside(store, broker, SystemClock(), settings.topology, vault, telemetry.tracing), stop)
    finally:
        await broker.close()
        await store.close()
        telemetry.close()


if __name__ == "__main__":
    uvloop.run(main())
