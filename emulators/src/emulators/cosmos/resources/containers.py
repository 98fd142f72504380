"""Containers: create, read, replace, list, delete, and their physical ranges."""

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonObject, decode_object
from emulators.cosmos.routes import Target
from emulators.cosmos.service import Service, resource_response
from emulators.cosmos.throughput import requested_offer
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request, Response

_RANGES_ETAG = b'"1"'


def create_container(service: Service, request: Request, target: Target) -> Response:
    """Create a container; queries over containers are not supported."""
    properties = decode_object(request.body)
    if "query" in properties:
        raise CosmosError(400, "Queries over containers are not supported by this local endpoint; list them instead.")
    offer = requested_offer(request)
    container = service.catalog.create_container(target.names[0], properties, service.now(), offer)
    return resource_response(request, 201, container.properties())


def read_container(service: Service, request: Request, target: Target) -> Response:
    """Return a container."""
    return resource_response(request, 200, service.catalog.container(*target.names).properties())


def replace_container(service: Service, request: Request, target: Target) -> Response:
    """Change what may change of a container."""
    database, name = target.names
    container = service.catalog.replace_container(database, name, decode_object(request.body), service.now())
    return resource_response(request, 200, container.properties())


def list_containers(service: Service, request: Request, target: Target) -> Response:
    """Return the containers of a database."""
    found = [container.properties() for container in service.catalog.database(target.names[0]).containers.values()]
    return resource_response(request, 200, {"_rid": "", "DocumentCollections": [*found], "_count": len(found)})


def delete_container(service: Service, request: Request, target: Target) -> Response:
    """Delete a container and all in it."""
    service.catalog.delete_container(*target.names)
    return resource_response(request, 204, None)


def list_ranges(service: Service, request: Request, target: Target) -> Response:
    """Return the physical ranges; a client reads on with the etag until it gets 304."""
    container = service.catalog.container(*target.names)
    etag = (headers.ETAG, _RANGES_ETAG)
    if request.headers.get(headers.IF_NONE_MATCH) == _RANGES_ETAG:
        return resource_response(request, 304, None, (etag,))
    found: list[JsonObject] = [
        {
            "id": physical.id,
            "_rid": f"{container.rid}{physical.id}",
            "_self": f"{container.link}pkranges/{physical.id}/",
            "_etag": _RANGES_ETAG.decode(),
            "minInclusive": physical.minimum,
            "maxExclusive": physical.maximum,
            "ridPrefix": int(physical.id),
            "throughputFraction": 1 / len(service.ranges.all),
            "status": "online",
            "parents": [],
        }
        for physical in service.ranges.all
    ]
    body: JsonObject = {"_rid": container.rid, "PartitionKeyRanges": [*found], "_count": len(found)}
    return resource_response(request, 200, body, (etag,))
