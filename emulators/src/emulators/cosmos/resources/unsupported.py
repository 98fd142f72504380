"""What accounts have and this endpoint has not: users, permissions, scripts and conflicts.

1. There are none, so lists are empty and a name is 404: a client that looks for some gets a true answer.
2. Creating one is 501, with what is missing.
"""

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.resources.listing import is_query, listed
from emulators.cosmos.routes import Target
from emulators.cosmos.service import Handler, Service
from emulators.cosmos.wire.message import Request, Response

_LISTS = {
    "dbs/users": "Users",
    "dbs/users/permissions": "Permissions",
    "dbs/colls/sprocs": "StoredProcedures",
    "dbs/colls/triggers": "Triggers",
    "dbs/colls/udfs": "UserDefinedFunctions",
    "dbs/colls/conflicts": "Conflicts",
}


def list_none(service: Service, request: Request, target: Target) -> Response:
    """Return an empty list of an owner that exists."""
    _check_owner(service, target)
    return listed(request, _LISTS[target.pattern], [])


def create_none(service: Service, request: Request, target: Target) -> Response:
    """Answer a query with an empty list, and refuse to create anything."""
    if is_query(request):
        return list_none(service, request, target)
    _check_owner(service, target)
    raise CosmosError(
        501, f"{_LISTS[target.pattern]} are not supported by this local endpoint: nothing was created.", charge=0.0
    )


def find_none(service: Service, _request: Request, target: Target) -> Response:
    """Say that there is no such thing."""
    _check_owner(service, target)
    raise CosmosError(404, f"Entity with the specified id does not exist in the system: '{target.names[-1]}'.")


def _check_owner(service: Service, target: Target) -> None:
    if target.pattern.startswith("dbs/colls"):
        service.catalog.container(target.names[0], target.names[1])
    else:
        service.catalog.database(target.names[0])


UNSUPPORTED: dict[tuple[str, str, bool], Handler] = {
    (method, pattern, is_feed): handler
    for pattern in _LISTS
    for method, is_feed, handler in (
        ("GET", True, list_none),
        ("POST", True, create_none),
        ("GET", False, find_none),
        ("PUT", False, find_none),
        ("POST", False, find_none),
        ("DELETE", False, find_none),
    )
}
"""The routes of all of them."""
