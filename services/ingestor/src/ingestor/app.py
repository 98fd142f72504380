"""The application: which route is answered by what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Response

from durable.http.application import new_application
from ingestor.dependencies import IngestorDependencies
from ingestor.events import Events
from ingestor.files import Files
from ingestor.received import BATCH, STRUCTURED

FILE = "/files/{name:text}"


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    path: str
    handler: Callable[..., Awaitable[Response]]
    status: int
    media_types: tuple[str, ...]

    def add_to(self, app: FastAPI) -> None:
        content: dict[str, Any] = {media_type: {} for media_type in self.media_types}
        app.add_api_route(
            self.path,
            self.handler,
            methods=[self.method],
            status_code=self.status,
            response_class=Response,
            openapi_extra={"requestBody": {"required": True, "content": content}},
        )


def create_app(dependencies: IngestorDependencies) -> FastAPI:
    """Build the application; it owns none of what it is given and closes nothing."""
    app = new_application("DurableOrchestrator ingestor", "Takes events and files", dependencies.health)
    events, files = Events(dependencies), Files(dependencies)
    _Route("POST", "/events", events.take, 202, (STRUCTURED, BATCH, "application/json")).add_to(app)
    _Route("POST", FILE, files.receive, 202, ("*/*",)).add_to(app)
    _Route("PUT", FILE, files.store, 201, ("*/*",)).add_to(app)
    return app
