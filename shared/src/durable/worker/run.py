"""A worker service as a process: `main` reads the settings, `run_worker` puts the parts together.

The exit code is 0 after a stop that was asked for, 2 for settings or handlers that must be mended first, and 1 for
anything else.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence

import uvloop
from dishka import Provider, Scope
from dishka.exceptions import GraphMissingFactoryError

from durable.adapters.clock import SystemClock
from durable.adapters.objects import objects_from
from durable.adapters.servicebus import broker_from
from durable.errors import AuthorError, SettingsInvalid
from durable.health import Health, serve_health
from durable.logs import configure_logs
from durable.objects import ObjectStore
from durable.ports import Clock
from durable.settings import Environment
from durable.worker.host import WorkerHost
from durable.worker.registration import Worker
from durable.worker.settings import WorkerSettings, worker_settings

_log = logging.getLogger(__name__)


def main(
    worker: Worker,
    topology_package: str,
    providers: Sequence[Provider] = (),
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Run a worker service until SIGTERM or SIGINT, and give the exit code.

    `topology_package` brings the `topology.json` of the deployment. Handlers may ask for `ObjectStore`, `Clock` and
    `Threads` without a provider.
    """
    try:
        settings = worker_settings(Environment(environment), worker, topology_package)
        configure_logs(settings.serving.log_level, settings.serving.log_format)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            has_left_threads = runner.run(run_worker(worker, settings, providers))
    except (SettingsInvalid, AuthorError, GraphMissingFactoryError) as error:
        sys.stderr.write(f"worker {worker.name!r} can't start: {error}\n")
        return 2
    if has_left_threads:
        # A thread can't be stopped, and the interpreter would wait for it.
        logging.shutdown()
        os._exit(0)
    return 0


async def run_worker(worker: Worker, settings: WorkerSettings, providers: Sequence[Provider] = ()) -> bool:
    """Serve a worker until SIGTERM or SIGINT; tells whether handlers that were given up still run in threads."""
    objects = objects_from(settings.object_store_url, settings.servicebus.client_id)
    broker = broker_from(settings.servicebus)
    health = Health()
    clock = SystemClock()
    own = Provider(scope=Scope.APP)
    own.provide(lambda: objects, provides=ObjectStore)
    own.provide(lambda: clock, provides=Clock)
    host = WorkerHost(worker, broker, settings.host, clock=clock, providers=[own, *providers], health=health)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, host.stop)
    server = await serve_health(health, settings.serving.host, settings.serving.port)
    _log.info("worker serves", extra={"worker": worker.name, "activities": sorted(worker.handlers)})
    try:
        await host.run()
    finally:
        await server.cleanup()
        await broker.close()
    return host.has_left_threads
