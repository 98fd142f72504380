"""Containers: create, read, replace, list, query, delete, and their physical ranges."""

from emulators.cosmos.feeds.contents import statistics, usage
from emulators.cosmos.jsonvalue import JsonObject, decode_object
from emulators.cosmos.resources.listing import is_query, listed, queried
from emulators.cosmos.routes import Target
from emulators.cosmos.service import Service, resource_response
from emulators.cosmos.throughput import requested_offer
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Header, Request, Response

_NAME = "DocumentCollections"
_RANGES_ETAG = b'"1"'


def on_containers(service: Service, request: Request, target: Target) -> Response:
    """Create a container, or answer a query over those of a database."""
    if is_query(request):
        return queried(service, request, _NAME, _found(service, target))
    offer = requested_offer(request)
    container = service.catalog.create_container(target.names[0], decode_object(request.body), service.now(), offer)
    return resource_response(request, 201, container.properties())


def read_container(service: Service, request: Request, target: Target) -> Response:
    """Return a container, with how much is in it if that is asked for."""
    container = service.catalog.container(*target.names)
    body = container.properties()
    extra: tuple[Header, ...] = ()
    if headers.POPULATE_QUOTA in request.headers:
        extra = (
            (headers.RESOURCE_QUOTA, b"documentsCount=-1;documentsSize=10485760;collectionSize=10485760;"),
            (headers.RESOURCE_USAGE, usage(container.items)),
        )
    if headers.POPULATE_STATISTICS in request.headers:
        body["statistics"] = statistics(container.items, service.ranges)
    return resource_response(request, 200, body, extra)


def replace_container(service: Service, request: Request, target: Target) -> Response:
    """Change what may change of a container."""
    database, name = target.names
    container = service.catalog.replace_container(database, name, decode_object(request.body), service.now())
    return resource_response(request, 200, container.properties())


def list_containers(service: Service, request: Request, target: Target) -> Response:
    """Return the containers of a database."""
    return listed(request, _NAME, _found(service, target))


def _found(service: Service, target: Target) -> list[JsonObject]:
    return [container.properties() for container in service.catalog.database(target.names[0]).containers.values()]


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
