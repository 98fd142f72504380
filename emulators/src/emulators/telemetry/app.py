"""The collector's HTTP side as one application: both protocols, the JSON, the page."""

import sqlite3
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from emulators.page.assets import html, static_files
from emulators.page.local import LocalOnly
from emulators.telemetry import api
from emulators.telemetry.insights import questions
from emulators.telemetry.insights.track import track
from emulators.telemetry.otlp import routes as otlp
from emulators.telemetry.store.store import Store


def application(store: Store, about: Callable[[], dict[str, Any]]) -> Starlette:
    """The application of one collector."""

    async def ready(_: Request) -> Response:
        return JSONResponse({"status": "ready"})

    take = track(store.add)
    return Starlette(
        routes=[
            Route("/", html("telemetry.html")),
            Route("/health/ready", ready),
            Route("/v2.1/track", take, methods=["POST"]),
            Route("/v2/track", take, methods=["POST"]),
            *otlp.routes(store.add),
            *questions.routes(),
            *api.routes(store, about),
            static_files(),
        ],
        middleware=[Middleware(LocalOnly), Middleware(_OneSlash)],
        exception_handlers={sqlite3.Error: _not_stored},
    )


class _OneSlash:
    """Middleware that takes `//v2.1/track` for `/v2.1/track`: exporters append it to an address with a slash."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve."""
        if scope["type"] == "http" and scope["path"].startswith("//"):
            scope = {**scope, "path": f"/{scope['path'].lstrip('/')}"}
        await self._app(scope, receive, send)


async def _not_stored(_: Request, error: Exception) -> Response:
    """Exporters of both kinds send again what is answered so."""
    return JSONResponse({"error": f"It can't be stored: {error}"}, 503, headers={"Retry-After": "5"})
