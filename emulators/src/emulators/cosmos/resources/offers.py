"""Offers: the provisioned throughput of databases and containers; whoever has none has no offer."""

from emulators.cosmos.catalog import Container, DatabaseEntry
from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonObject, decode_object
from emulators.cosmos.resources.listing import listed, queried
from emulators.cosmos.routes import Target
from emulators.cosmos.service import Service, resource_response
from emulators.cosmos.throughput import checked_offer
from emulators.cosmos.wire.message import Request, Response

_NAME = "Offers"


def query_offers(service: Service, request: Request, _target: Target) -> Response:
    """Return what a query makes of all offers."""
    return queried(service, request, _NAME, _offers(service))


def list_offers(service: Service, request: Request, _target: Target) -> Response:
    """Return all offers."""
    return listed(request, _NAME, _offers(service))


def read_offer(service: Service, request: Request, target: Target) -> Response:
    """Return an offer."""
    return resource_response(request, 200, _offer(_owner(service, target)))


def replace_offer(service: Service, request: Request, target: Target) -> Response:
    """Give a database or container another throughput, which counts at once."""
    owner = _owner(service, target)
    service.catalog.replace_offer(owner, checked_offer(decode_object(request.body).get("content")))
    return resource_response(request, 200, _offer(owner))


def _owners(service: Service) -> list[DatabaseEntry | Container]:
    databases = service.catalog.databases.values()
    containers = [one for database in databases for one in database.containers.values()]
    owners: list[DatabaseEntry | Container] = [*databases, *containers]
    return [one for one in owners if one.offer is not None]


def _owner(service: Service, target: Target) -> DatabaseEntry | Container:
    found = next((one for one in _owners(service) if _id(one) == target.names[0]), None)
    if found is None:
        raise CosmosError(404, f"There is no offer '{target.names[0]}'.")
    return found


def _offers(service: Service) -> list[JsonObject]:
    found = [_offer(owner) for owner in _owners(service)]
    if not found:
        raise CosmosError(
            400,
            "Reading or replacing offers is not supported for serverless accounts: nothing here has throughput. Give "
            "offer_throughput when a database or container is created.",
        )
    return found


def _id(owner: DatabaseEntry | Container) -> str:
    return f"{'o' if isinstance(owner, Container) else 'd'}{owner.number:05d}"


def _offer(owner: DatabaseEntry | Container) -> JsonObject:
    name = _id(owner)
    properties = owner.properties()
    return {
        "id": name,
        "_rid": name,
        "_self": f"offers/{name}/",
        "_etag": properties["_etag"],
        "_ts": properties["_ts"],
        "offerVersion": "V2",
        "offerType": "Invalid",
        "resource": properties["_self"],
        "offerResourceId": properties["_rid"],
        "content": owner.offer,
    }
