"""The page at `/` and the JSON that it asks for.

1. A look changes nothing and is bounded; nothing is counted or kept for it while nobody looks.
2. The connection string, with its key, is shown: the page is for this machine alone (`emulators.page.local`).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from emulators.command import version
from emulators.page.assets import PREFIX, html, static_files
from emulators.page.shown import FAULTS_MAX
from emulators.servicebus.broker.refusals import EntityNotFound
from emulators.servicebus.http.connections_shown import connections_shown
from emulators.servicebus.http.entities_shown import overview_of
from emulators.servicebus.http.entity_shown import SHELVES, entity_shown

if TYPE_CHECKING:
    from emulators.servicebus.endpoint import ServiceBusEndpoint


def routes(endpoint: "ServiceBusEndpoint") -> Sequence[BaseRoute]:
    """The page, its files, and what it shows."""

    async def overview(request: Request) -> JSONResponse:
        hub = endpoint.hub
        return JSONResponse(
            {
                "version": version(),
                "connection_string": endpoint.connection_string,
                "admin_connection_string": endpoint.admin_connection_string,
                "faults": [each.as_json() for each in endpoint.faults.listing()[:FAULTS_MAX]],
                "data": endpoint.data and str(endpoint.data.absolute()),
                "now": hub.clock.now(),
                "connections": connections_shown(hub.peers),
                **overview_of(hub.broker, request.query_params.get("filter", "")),
            }
        )

    async def entity(request: Request) -> JSONResponse:
        asked = request.query_params
        shelf = asked.get("shelf", SHELVES[0])
        if shelf not in SHELVES:
            return JSONResponse({"error": f"shelf: one of {', '.join(SHELVES)} was expected, found '{shelf}'"}, 400)
        try:
            found = endpoint.hub.broker.find(asked.get("name", ""))
        except EntityNotFound as refusal:
            return JSONResponse({"error": str(refusal)}, 404)
        newest = asked.get("order") == "newest"
        return JSONResponse(entity_shown(found, shelf, asked.get("find", ""), newest=newest))

    return [
        Route("/", html("servicebus.html")),
        Route(f"{PREFIX}/overview", overview),
        Route(f"{PREFIX}/entity", entity),
        static_files(),
    ]
