"""The application: which route is answered by what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Response

from durable.http.application import new_application
from orchestrator.api.dependencies import ApiDependencies
from orchestrator.api.head_writer import HeadWriter
from orchestrator.api.history import Histories
from orchestrator.api.instances import Instances
from orchestrator.api.lookup import HeadLookup
from orchestrator.api.sagas import SagaCatalogue
from orchestrator.api.signals import Signals
from orchestrator.api.starts import Starts


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    path: str
    handler: Callable[..., Awaitable[Response]]
    summary: str
    status: int = 200
    parameters: tuple[str, ...] = ()
    has_body: bool = False

    def documentation(self) -> dict[str, Any]:
        """Give the parts of the OpenAPI operation that the handler's signature does not say."""
        text = {"schema": {"type": "string"}}
        described: dict[str, Any] = {
            "parameters": [{"name": name, "in": "query", "required": False, **text} for name in self.parameters]
        }
        if self.has_body:
            described["requestBody"] = {"content": {"application/json": {"schema": {}}}}
        return described


def create_app(dependencies: ApiDependencies) -> FastAPI:
    """Build the application; it owns none of what it is given and closes nothing."""
    app = new_application("DurableOrchestrator", "Start, look at, signal and end sagas", dependencies.health)
    for route in _routes(dependencies):
        app.add_api_route(
            route.path,
            route.handler,
            methods=[route.method],
            status_code=route.status,
            summary=route.summary,
            response_class=Response,
            openapi_extra=route.documentation(),
        )
    return app


def _routes(dependencies: ApiDependencies) -> list[_Route]:
    heads = HeadWriter(dependencies.store)
    lookup = HeadLookup(dependencies.store, dependencies.partition_count, heads.token)
    catalogue = SagaCatalogue(dependencies.sagas)
    start = Starts(dependencies, catalogue, heads).start
    instances = Instances(dependencies.store, lookup)
    history = Histories(dependencies.store, lookup).history
    signals = Signals(dependencies, lookup)
    return [
        _Route("GET", "/sagas", catalogue.list, "The sagas that can be started"),
        _Route("POST", "/sagas/{saga}/instances", start, "Start an instance", 202, ("instance_id",), has_body=True),
        _Route("GET", "/instances", instances.list, "List instances, newest first"),
        _Route("GET", "/instances/{instance_id}", instances.get, "Where an instance stands"),
        _Route("GET", "/instances/{instance_id}/history", history, "The events of an instance, in order"),
        _Route(
            "POST",
            "/instances/{instance_id}/events/{name:text}",
            signals.raise_event,
            "Raise an event to an instance",
            202,
            has_body=True,
        ),
        _Route("POST", "/instances/{instance_id}/terminate", signals.terminate, "End an instance at once", 202),
    ]
