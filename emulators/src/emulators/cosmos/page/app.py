"""The routes of the page. A look changes nothing, is bounded, and is neither counted nor charged."""

from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulators.command import version
from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import encode
from emulators.cosmos.page.accounts_shown import Counter, container_shown, containers_shown, requests_shown
from emulators.cosmos.page.items_shown import item_shown, items_shown
from emulators.cosmos.store.database import Database
from emulators.page.assets import PREFIX, html, static_files
from emulators.page.local import LocalOnly
from emulators.page.shown import FAULTS_MAX

if TYPE_CHECKING:
    from emulators.cosmos.catalog import Container
    from emulators.cosmos.server import CosmosEndpoint


def page_of(endpoint: "CosmosEndpoint", database: Database) -> Starlette:
    """The page of one endpoint as an application of its own."""
    gateway = endpoint.gateway
    counter = Counter(database)

    async def overview(request: Request) -> Response:
        wanted = request.query_params.get("filter", "")
        return _json(
            {
                "version": version(),
                "connection_string": endpoint.connection_string,
                "url": endpoint.url,
                "key": endpoint.key,
                "data": endpoint.data and str(endpoint.data.absolute()),
                "faults": [each.as_json() for each in endpoint.faults.listing()[:FAULTS_MAX]],
                "now": gateway.service.now() * 1000,
                **containers_shown(gateway.service, gateway.stats, counter, wanted),
                **requests_shown(gateway.stats),
            }
        )

    async def items(request: Request) -> Response:
        asked = request.query_params
        try:
            container = _container(endpoint, request)
        except CosmosError as refusal:
            return _json({"error": refusal.message}, 404)
        found = items_shown(container, asked.get("key", ""), asked.get("find", ""), now=gateway.service.now())
        shown = container_shown(asked.get("database", ""), container)
        return _json({**shown, "policy": container.policy.properties, "count": counter.items_of(container), **found})

    async def item(request: Request) -> Response:
        asked = request.query_params
        try:
            found = item_shown(_container(endpoint, request), asked.get("key", ""), asked.get("id", ""))
        except CosmosError as refusal:
            return _json({"error": refusal.message}, 404)
        return _json({"error": "This item is gone."}, 404) if found is None else _json({"item": found})

    return Starlette(
        routes=[
            Route("/", html("cosmos.html")),
            Route(f"{PREFIX}/overview", overview),
            Route(f"{PREFIX}/items", items),
            Route(f"{PREFIX}/item", item),
            static_files(),
        ],
        middleware=[Middleware(LocalOnly)],
    )


def _container(endpoint: "CosmosEndpoint", request: Request) -> "Container":
    asked = request.query_params
    return endpoint.gateway.service.catalog.container(asked.get("database", ""), asked.get("container", ""))


def _json(content: Any, status: int = 200) -> Response:
    return Response(encode(content), status, media_type="application/json")
