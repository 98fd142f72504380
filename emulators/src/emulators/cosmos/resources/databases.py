"""Databases: create, read, list, query, delete."""

from emulators.cosmos.jsonvalue import JsonObject, decode_object
from emulators.cosmos.resources.listing import is_query, listed, queried
from emulators.cosmos.routes import Target
from emulators.cosmos.service import Service, resource_response
from emulators.cosmos.throughput import requested_offer
from emulators.cosmos.wire.message import Request, Response

_NAME = "Databases"


def on_databases(service: Service, request: Request, _target: Target) -> Response:
    """Create a database, or answer a query over all."""
    if is_query(request):
        return queried(service, request, _NAME, _found(service))
    offer = requested_offer(request)
    entry = service.catalog.create_database(decode_object(request.body).get("id"), service.now(), offer)
    return resource_response(request, 201, entry.properties())


def read_database(service: Service, request: Request, target: Target) -> Response:
    """Return a database."""
    return resource_response(request, 200, service.catalog.database(target.names[0]).properties())


def list_databases(service: Service, request: Request, _target: Target) -> Response:
    """Return all databases."""
    return listed(request, _NAME, _found(service))


def delete_database(service: Service, request: Request, target: Target) -> Response:
    """Delete a database and all in it."""
    service.catalog.delete_database(target.names[0])
    return resource_response(request, 204, None)


def _found(service: Service) -> list[JsonObject]:
    return [entry.properties() for entry in service.catalog.databases.values()]
