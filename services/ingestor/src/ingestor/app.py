"""The application: which route is answered by what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Response

from durable.http.application import new_application
from durable.http.measuring import measure_requests
from durable.http.tracing import trace_requests
from ingestor.catalogue_routes import CatalogueRoutes
from ingestor.dead_letter_routes import DeadLetterRoutes
from ingestor.events import EACH, WHOLE, Events
from ingestor.files import Files
from ingestor.handshake import Handshake
from ingestor.ingestion import Ingestion
from ingestor.received import BATCH, STRUCTURED

FILE = "/files/{name:text}"
LETTERS = "/dead-letters"
LETTER = f"{LETTERS}/{{id}}"

_HOW: dict[str, Any] = {
    "name": "batch",
    "in": "query",
    "description": "whether a batch is taken whole or not at all, or each event that can be",
    "schema": {"type": "string", "enum": [WHOLE, EACH], "default": WHOLE},
}


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    path: str
    handler: Callable[..., Awaitable[Response]]
    status: int = 200
    media_types: tuple[str, ...] = ()
    parameters: tuple[dict[str, Any], ...] = ()

    def add_to(self, app: FastAPI) -> None:
        content: dict[str, Any] = {media_type: {} for media_type in self.media_types}
        body = {"requestBody": {"required": True, "content": content}} if content else {}
        app.add_api_route(
            self.path,
            self.handler,
            methods=[self.method],
            status_code=self.status,
            response_class=Response,
            openapi_extra={**body, "parameters": list(self.parameters)} if self.parameters else body,
        )


def create_app(ingestion: Ingestion) -> FastAPI:
    """Build the application; it owns none of what it is given and closes nothing."""
    given = ingestion.given
    app = new_application("DurableOrchestrator ingestor", "Takes events and files", given.health)
    events, files, handshake = Events(ingestion), Files(ingestion), Handshake(given.webhook_origins)
    letters, catalogue = DeadLetterRoutes(ingestion), CatalogueRoutes(given.catalogue)
    for route in (
        _Route("POST", "/events", events.take, 202, (STRUCTURED, BATCH, "application/json"), (_HOW,)),
        _Route("OPTIONS", "/events", handshake.answer),
        _Route("POST", FILE, files.receive, 202, ("*/*",)),
        _Route("PUT", FILE, files.store, 201, ("*/*",)),
        _Route("GET", "/catalogue", catalogue.list),
        _Route("GET", "/catalogue/asyncapi.json", catalogue.asyncapi),
        _Route("GET", "/catalogue/{type}", catalogue.schema),
        _Route("GET", LETTERS, letters.list),
        _Route("GET", LETTER, letters.get),
        _Route("POST", f"{LETTER}/replay", letters.replay, 202),
        _Route("DELETE", LETTER, letters.discard, 204),
    ):
        route.add_to(app)
    measure_requests(app, given.metrics)
    trace_requests(app, given.tracing, given.clock, given.random_bits)
    return app
