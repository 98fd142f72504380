"""The endpoint without sockets: a request in, a response out.

1. `handle` is synchronous and never raises: what goes wrong is an error response.
2. Writes are left in the open transaction of the database. Whoever calls `handle` commits before it answers.
"""

import logging
from dataclasses import replace

from emulators.cosmos.auth import Authenticator
from emulators.cosmos.errors import CosmosError
from emulators.cosmos.expiry import Sweeper
from emulators.cosmos.resources.account import read_account
from emulators.cosmos.resources.containers import (
    delete_container,
    list_containers,
    list_ranges,
    on_containers,
    read_container,
    replace_container,
)
from emulators.cosmos.resources.databases import delete_database, list_databases, on_databases, read_database
from emulators.cosmos.resources.items import on_feed, on_item, on_items
from emulators.cosmos.resources.offers import list_offers, query_offers, read_offer, replace_offer
from emulators.cosmos.resources.purging import delete_partition
from emulators.cosmos.resources.unsupported import UNSUPPORTED
from emulators.cosmos.routes import Target, target_of
from emulators.cosmos.selflinks import named
from emulators.cosmos.service import Clock, Handler, Service
from emulators.cosmos.stats import Stats
from emulators.cosmos.store.database import WriteError
from emulators.cosmos.throughput import Budget
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request, Response

_DATABASES, _CONTAINERS, _ITEMS = "dbs", "dbs/colls", "dbs/colls/docs"
_log = logging.getLogger(__name__)

ROUTES: dict[tuple[str, str, bool], Handler] = {
    ("GET", "", False): read_account,
    ("POST", _DATABASES, True): on_databases,
    ("GET", _DATABASES, True): list_databases,
    ("GET", _DATABASES, False): read_database,
    ("DELETE", _DATABASES, False): delete_database,
    ("POST", _CONTAINERS, True): on_containers,
    ("GET", _CONTAINERS, True): list_containers,
    ("GET", _CONTAINERS, False): read_container,
    ("PUT", _CONTAINERS, False): replace_container,
    ("DELETE", _CONTAINERS, False): delete_container,
    ("GET", "dbs/colls/pkranges", True): list_ranges,
    ("POST", _ITEMS, True): on_items,
    ("GET", _ITEMS, True): on_feed,
    ("GET", _ITEMS, False): on_item,
    ("PUT", _ITEMS, False): on_item,
    ("PATCH", _ITEMS, False): on_item,
    ("DELETE", _ITEMS, False): on_item,
    ("POST", "dbs/colls/operations", False): delete_partition,
    ("POST", "offers", True): query_offers,
    ("GET", "offers", True): list_offers,
    ("GET", "offers", False): read_offer,
    ("PUT", "offers", False): replace_offer,
    **UNSUPPORTED,
}


class Gateway:
    """Authenticates and dispatches requests."""

    def __init__(self, service: Service, authenticator: Authenticator) -> None:
        self.service = service
        self._authenticator = authenticator
        self._sweeper = Sweeper(service)
        self._broken: WriteError | None = None
        self.stats = Stats()

    def commit(self) -> None:
        """Make all writes so far durable, and tidy up now and then.

        After a write has failed half way nothing is committed any more: the store must be opened anew.
        """
        if self._broken is not None:
            self.service.catalog.rollback()
            raise self._broken
        self._sweeper.sweep()
        self.service.catalog.commit()

    def use_clock(self, clock: Clock) -> None:
        """Tell another time from now on."""
        self.service = replace(self.service, clock=clock)
        self._sweeper = Sweeper(self.service)

    @property
    def has_uncommitted(self) -> bool:
        """Are there writes that must be committed before anybody is answered?"""
        return self.service.catalog.has_uncommitted

    def handle(self, request: Request) -> Response:
        """Serve one request."""
        target = target_of(request.path)
        response = self._served(request, target)
        self.stats.count(request, target, response)
        return response

    def _served(self, request: Request, target: Target) -> Response:
        activity = request.headers.get(headers.ACTIVITY_ID, b"")
        try:
            target = named(self.service.catalog, target)
            self._authenticator.check(request, target)
            handler = self._handler(request, target)
            budget = self._budget(target)
            if budget is None:
                return handler(self.service, request, target)
            return _metered(budget, handler, self.service, request, target)
        except CosmosError as error:
            return error.response(activity)
        except WriteError as error:
            self._broken = error
            return CosmosError(503, f"The store failed: {error}. Restart the endpoint.").response(activity)
        except RecursionError:
            return CosmosError(400, "The request is nested too deeply for this local endpoint.").response(activity)
        except Exception as error:
            _log.exception("%s %s failed", request.method, request.path)
            return CosmosError(500, f"Unexpected {type(error).__name__}: {error}").response(activity)

    def _budget(self, target: Target) -> Budget | None:
        if target.pattern != _ITEMS:
            return None
        database = self.service.catalog.databases.get(target.names[0])
        container = database.containers.get(target.names[1]) if database else None
        if container is None or database is None:
            return None
        return container.budget or database.budget

    def _handler(self, request: Request, target: Target) -> Handler:
        try:
            return ROUTES[request.method, target.pattern, target.is_feed]
        except KeyError:
            raise CosmosError(
                405, f"This local endpoint has no {request.method} of '{target.pattern}': path '{request.path}'."
            ) from None


def _metered(budget: Budget, handler: Handler, service: Service, request: Request, target: Target) -> Response:
    budget.admit(service.clock())
    try:
        response = handler(service, request, target)
    except CosmosError as error:
        budget.spend(error.charge)
        raise
    budget.spend(float(response.header(headers.REQUEST_CHARGE) or 0))
    return response
