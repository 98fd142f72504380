"""A worker service as a process: `main` reads the settings, `run_worker` puts the parts together."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp.web import RouteDef
from dishka import Provider
from dishka.exceptions import GraphMissingFactoryError

from durable.adapters.clock import SystemClock
from durable.adapters.metered import MeteredBroker
from durable.adapters.objects import stores_from
from durable.adapters.secrets import secrets_from
from durable.adapters.servicebus import broker_from
from durable.adapters.telemetry import start_telemetry
from durable.health import Health, metrics_route, serve_health
from durable.logs import configure_logs
from durable.process import STOPPED, on_stop_signals, run_service
from durable.settings import Environment
from durable.stores import ObjectStores
from durable.telemetry.metrics.lag import watch_loop
from durable.vault import Vault
from durable.worker.host import WorkerHost
from durable.worker.provided import own_provider
from durable.worker.registration import Worker
from durable.worker.settings import WorkerSettings, worker_settings

_log = logging.getLogger(__name__)


def _no_routes(_: ObjectStores) -> Iterable[RouteDef]:
    return ()


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """What a worker brings beside its handlers.

    Attributes:
        providers: of what its handlers ask for; a later one overrides an earlier one.
        routes: what it serves over HTTP beside its health, made of the stores of the deployment.
    """

    providers: Sequence[Provider] = ()
    routes: Callable[[ObjectStores], Iterable[RouteDef]] = _no_routes


def main(
    worker: Worker,
    topology_package: str,
    parts: Sequence[Provider] | Callable[[Environment], WorkerParts] = (),
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Run a worker service until SIGTERM or SIGINT, and give the exit code.

    `topology_package` brings the `topology.json` of the deployment. Handlers may ask for `ObjectStore` (the main one),
    `ObjectStores`, `Outputs`, `Secrets`, `Clock`, `Threads` and `Processes` without a provider. A worker with settings
    of its own gives a function as its `parts`: it reads them, and what is wrong with them is told with all the rest.
    """

    def prepare() -> Coroutine[Any, Any, None]:
        told = Environment(environment)
        composed = parts(told) if callable(parts) else WorkerParts(parts)
        settings = worker_settings(told, worker, topology_package)
        configure_logs(settings.serving.log_level, settings.serving.log_format)
        return run_worker(worker, settings, composed)

    return run_service(f"worker {worker.name!r}", prepare, GraphMissingFactoryError)


async def run_worker(worker: Worker, settings: WorkerSettings, parts: WorkerParts) -> None:
    """Serve a worker until SIGTERM or SIGINT; ends the process if handlers that were given up still run in threads."""
    client_id = settings.servicebus.client_id
    telemetry = start_telemetry(settings.telemetry)
    watch_loop(telemetry.metrics)
    stores = stores_from(settings.object_store_url, settings.other_stores, client_id)
    clock = SystemClock()
    broker = MeteredBroker(broker_from(settings.servicebus, telemetry.metrics), telemetry.metrics, clock)
    health = Health()
    secrets = secrets_from(settings.secrets, clock, client_id)
    host = WorkerHost(
        worker,
        broker,
        settings.host,
        clock=clock,
        vault=Vault(stores.main, settings.codecs),
        providers=[own_provider(stores, clock, secrets), *parts.providers],
        health=health,
        tracing=telemetry.tracing,
        metrics=telemetry.metrics,
    )
    on_stop_signals(host.stop)
    routes = (metrics_route(telemetry.written), *parts.routes(stores))
    server = await serve_health(health, settings.serving.host, settings.serving.port, routes)
    _log.info("worker serves", extra={"worker": worker.name, "activities": sorted(worker.handlers)})
    try:
        await host.run()
    finally:
        await server.cleanup()
        await broker.close()
        await secrets.close()
        telemetry.close()
    if host.has_left_threads:
        # A thread can't be stopped, and the interpreter would wait for it.
        logging.shutdown()
        os._exit(STOPPED)
