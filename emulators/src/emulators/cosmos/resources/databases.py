"""Databases: create, read, list, delete."""

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import decode_object
from emulators.cosmos.routes import Target
from emulators.cosmos.service import Service, resource_response
from emulators.cosmos.wire.message import Request, Response


def create_database(service: Service, request: Request, _target: Target) -> Response:
    """Create a database; queries over databases are not supported."""
    properties = decode_object(request.body)
    if "query" in properties:
        raise CosmosError(400, "Queries over databases are not supported by this local endpoint; list them instead.")
    return resource_response(
        request, 201, service.catalog.create_database(properties.get("id"), service.now()).properties()
    )


def read_database(service: Service, request: Request, target: Target) -> Response:
    """Return a database."""
    return resource_response(request, 200, service.catalog.database(target.names[0]).properties())


def list_databases(service: Service, request: Request, _target: Target) -> Response:
    """Return all databases."""
    found = [entry.properties() for entry in service.catalog.databases.values()]
    return resource_response(request, 200, {"_rid": "", "Databases": [*found], "_count": len(found)})


def delete_database(service: Service, request: Request, target: Target) -> Response:
    """Delete a database and all in it."""
    service.catalog.delete_database(target.names[0])
    return resource_response(request, 204, None)
