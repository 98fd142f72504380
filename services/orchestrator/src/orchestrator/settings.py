"""The settings of the orchestrator service, read from the environment in one place."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from durable.codecs import Codecs
from durable.errors import SettingsInvalid
from durable.hooks import Hooks
from durable.http.entrance import EntranceSettings, entrance_settings
from durable.messages import INSTANCES
from durable.saga import Saga
from durable.settings import (
    CosmosSettings,
    Environment,
    ServiceBusSettings,
    ServingSettings,
    cosmos_settings,
    partition_count,
    payload_codecs,
    servicebus_settings,
    serving_settings,
    topology_setting,
)
from durable.telemetry.settings import TelemetrySettings, telemetry_settings
from durable.topology import Topology
from orchestrator.engine.limits import Limits
from orchestrator.host.host_ports import HostLimits

PARKED_HOURS_DEFAULT = 24
RETENTION_DAYS_DEFAULT = 30
RETENTION_DAYS_MAX = 36_500
PARKED_HOURS_MAX = 24 * 365
TURN_SECONDS_DEFAULT = 4
TURN_SECONDS_MAX = 60
GUARD_MAX = 10_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What the orchestrator service is told.

    Attributes:
        saga_modules: modules whose global `Saga` objects this service runs.
        limits: how long things may take.
        object_store_url: where large payloads lie.
        guards: how much one instance may do.
        codecs: what payloads are encoded by.
        telemetry: where traces go.
    """

    serving: ServingSettings
    entrance: EntranceSettings
    servicebus: ServiceBusSettings
    cosmos: CosmosSettings
    partition_count: int
    saga_modules: tuple[str, ...]
    topology: Topology
    limits: HostLimits
    object_store_url: str
    guards: Limits
    codecs: Codecs
    telemetry: TelemetrySettings


def read_settings(values: Mapping[str, str]) -> Settings:
    """Read the environment.

    Raises:
        SettingsInvalid: it has faults; all are listed.
    """
    environment = Environment(values)
    modules = environment.text("SAGA_MODULES", "orchestrator.sagas")
    serving, servicebus = serving_settings(environment), servicebus_settings(environment)
    settings = Settings(
        serving=serving,
        entrance=entrance_settings(environment, serving.host),
        servicebus=servicebus,
        cosmos=cosmos_settings(environment),
        partition_count=partition_count(environment),
        topology=topology_setting(environment, "contracts", INSTANCES),
        object_store_url=environment.text("OBJECT_STORE_URL"),
        codecs=payload_codecs(environment),
        saga_modules=tuple(name.strip() for name in modules.split(",") if name.strip()),
        limits=_limits(environment),
        guards=_guards(environment),
        telemetry=telemetry_settings(environment, "orchestrator", serving.replica, servicebus),
    )
    environment.done()
    return settings


def _limits(environment: Environment) -> HostLimits:
    hours = environment.number("PARKED_HOURS", PARKED_HOURS_DEFAULT, least=1, most=PARKED_HOURS_MAX)
    days = environment.number("RETENTION_DAYS", RETENTION_DAYS_DEFAULT, least=1, most=RETENTION_DAYS_MAX)
    seconds = environment.number("TURN_SECONDS", TURN_SECONDS_DEFAULT, least=1, most=TURN_SECONDS_MAX)
    return HostLimits(timedelta(hours=hours), timedelta(days=days), timedelta(seconds=seconds))


def _guards(environment: Environment) -> Limits:
    most, default = GUARD_MAX, Limits()
    return Limits(
        commands_per_turn=environment.number("COMMANDS_PER_TURN_MAX", default.commands_per_turn, least=1, most=most),
        pending_tasks=environment.number("PENDING_TASKS_MAX", default.pending_tasks, least=1, most=most),
        history_length=environment.number("HISTORY_LENGTH_MAX", default.history_length, least=1, most=most),
    )


def load_hooks(modules: Iterable[str]) -> list[Hooks]:
    """Give the hooks in the globals of modules that were imported for their sagas, each once."""
    found = (value for name in modules for value in vars(importlib.import_module(name)).values())
    return list({id(value): value for value in found if isinstance(value, Hooks)}.values())


def load_sagas(modules: Iterable[str]) -> list[Saga[Any, Any]]:
    """Import modules and give the sagas in their globals, each once.

    Raises:
        SettingsInvalid: a module can't be imported or holds no saga.
    """
    sagas: dict[int, Saga[Any, Any]] = {}
    faults = []
    for name in modules:
        try:
            found = [value for value in vars(importlib.import_module(name)).values() if isinstance(value, Saga)]
        except ImportError as error:
            faults.append(f"SAGA_MODULES: expected modules that can be imported; {name!r}: {error}")
            continue
        if not found:
            faults.append(f"SAGA_MODULES: expected sagas in module {name!r}; found none")
        sagas |= {id(saga): saga for saga in found}
    if faults:
        raise SettingsInvalid(faults)
    return list(sagas.values())
