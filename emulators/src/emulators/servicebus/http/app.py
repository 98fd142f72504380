"""The HTTP side of the endpoint as one application: the routes of every part that has some.

A part adds itself by one line in `ROUTES_OF`: a function that takes the endpoint and gives its routes. They are made
once, before the endpoint listens; what they show is asked for when a request comes.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from emulators.page.local import LocalOnly
from emulators.servicebus.http import faults, page, status

if TYPE_CHECKING:
    from emulators.servicebus.endpoint import ServiceBusEndpoint

ROUTES_OF: Sequence[Callable[["ServiceBusEndpoint"], Sequence[BaseRoute]]] = (
    status.routes,
    faults.routes,
    page.routes,
)


def application(endpoint: "ServiceBusEndpoint") -> Starlette:
    """The application of one endpoint."""
    routes = [route for routes_of in ROUTES_OF for route in routes_of(endpoint)]
    return Starlette(routes=routes, middleware=[Middleware(LocalOnly)])
