"""The application: which route is answered by what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Response

from durable.health import Health
from durable.http.application import new_application
from durable.http.tracing import trace_requests
from orchestrator import operations
from orchestrator.api.branches import Branches
from orchestrator.api.completions import Completions
from orchestrator.api.history import Histories
from orchestrator.api.instances import Instances
from orchestrator.api.parked import Parked
from orchestrator.api.refusals import answer_refusals_as_problems
from orchestrator.api.sagas import Sagas
from orchestrator.api.signals import Signals
from orchestrator.api.starts import PARAMETERS, Starts
from orchestrator.operations import Ports


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


def create_app(ports: Ports, health: Health) -> FastAPI:
    """Build the application; it owns none of what it is given and closes nothing."""
    app = new_application("DurableOrchestrator", "Start, look at, signal and end sagas", health)
    answer_refusals_as_problems(app)
    for route in _routes(ports):
        app.add_api_route(
            route.path,
            route.handler,
            methods=[route.method],
            status_code=route.status,
            summary=route.summary,
            response_class=Response,
            openapi_extra=route.documentation(),
        )
    trace_requests(app, ports.tracing, ports.clock, ports.random_bits)
    return app


def _routes(ports: Ports) -> list[_Route]:
    return [*_routes_of_starts_and_looks(ports), *_routes_of_verbs(ports), *_routes_of_completions(ports)]


def _routes_of_starts_and_looks(ports: Ports) -> list[_Route]:
    start = Starts(ports).start
    instances = Instances(ports)
    history = Histories(ports).history
    return [
        _Route("GET", "/sagas", Sagas(ports.catalogue).list, "The sagas that can be started"),
        _Route("POST", "/sagas/{saga}/instances", start, "Start an instance", 202, PARAMETERS, has_body=True),
        _Route("GET", "/instances", instances.list, "List instances, newest first"),
        _Route("GET", "/instance-count", instances.count, "How many instances there are"),
        _Route("GET", "/parked-events", Parked(ports).list, "Events that came before their instance"),
        _Route("GET", "/instances/{instance_id}", instances.get, "Where an instance stands"),
        _Route("GET", "/instances/{instance_id}/history", history, "The events of an instance, in order"),
    ]


def _routes_of_completions(ports: Ports) -> list[_Route]:
    completions = Completions(ports)
    routes: dict[str, tuple[Callable[..., Awaitable[Response]], str]] = {
        "": (completions.complete, "Complete an attempt with a result"),
        "/fail": (completions.fail, "Have an attempt fail"),
        "/heartbeat": (completions.heartbeat, "Say that an attempt is alive"),
    }
    return [
        _Route("POST", f"/completions/{{token}}{rest}", handler, summary, 202, has_body=True)
        for rest, (handler, summary) in routes.items()
    ]


def _routes_of_verbs(ports: Ports) -> list[_Route]:
    signals, branches = Signals(ports), Branches(ports)
    event = "/instances/{instance_id}/events/{name:text}"
    verbs: dict[str, tuple[Callable[..., Awaitable[Response]], str]] = {
        "cancel": (signals.plain(operations.cancel), "Ask an instance to end"),
        "terminate": (signals.terminate, "End an instance at once"),
        "suspend": (signals.plain(operations.suspend), "Halt an instance"),
        "resume": (signals.plain(operations.resume), "Let a suspended instance go on"),
        "retry": (signals.plain(operations.retry), "Run again what an instance failed at"),
        "skip": (signals.skip, "Settle an undo that failed, by hand"),
        "unblock": (signals.plain(operations.unblock), "Have a blocked instance tried again"),
        "rewind": (branches.rewind, "Take up an instance from an earlier step"),
        "fork": (branches.fork, "Begin another instance from a step of this one"),
        "restart": (Starts(ports).restart, "Start an instance that has ended again"),
        "purge": (signals.purge, "Delete an instance that has ended"),
    }
    return [
        _Route("POST", event, signals.raise_event, "Raise an event to an instance", 202, has_body=True),
        *(
            _Route("POST", f"/instances/{{instance_id}}/{verb}", handler, summary, 202)
            for verb, (handler, summary) in verbs.items()
        ),
        _Route("DELETE", "/instances/{instance_id}", signals.purge, "Delete an instance that has ended", 202),
    ]
