"""Offers: the provisioned throughput of containers; whoever has none has no offer."""

from emulators.cosmos.catalog import Container
from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonObject, decode_object
from emulators.cosmos.routes import Target
from emulators.cosmos.service import Service, resource_response
from emulators.cosmos.sql.evaluate import holds
from emulators.cosmos.sql.query import query_of
from emulators.cosmos.throughput import checked_offer
from emulators.cosmos.wire.message import Request, Response


def query_offers(service: Service, request: Request, _target: Target) -> Response:
    """Return the offers for which a condition holds; projections and sorting are not supported here."""
    query = query_of(request.body, service.clock())
    where = query.select.where
    found = [offer for offer in _offers(service) if where is None or holds(where, offer, query.parameters)]
    return _listed(request, found)


def list_offers(service: Service, request: Request, _target: Target) -> Response:
    """Return all offers."""
    return _listed(request, _offers(service))


def read_offer(service: Service, request: Request, target: Target) -> Response:
    """Return an offer."""
    return resource_response(request, 200, _offer(_container(service, target)))


def replace_offer(service: Service, request: Request, target: Target) -> Response:
    """Give a container another throughput, which counts at once."""
    container = _container(service, target)
    service.catalog.replace_offer(container, checked_offer(decode_object(request.body).get("content")))
    return resource_response(request, 200, _offer(container))


def _containers(service: Service) -> list[Container]:
    databases = service.catalog.databases.values()
    return [one for database in databases for one in database.containers.values() if one.offer is not None]


def _container(service: Service, target: Target) -> Container:
    found = next((one for one in _containers(service) if _id(one) == target.names[0]), None)
    if found is None:
        raise CosmosError(404, f"There is no offer '{target.names[0]}'.")
    return found


def _offers(service: Service) -> list[JsonObject]:
    found = [_offer(container) for container in _containers(service)]
    if not found:
        raise CosmosError(400, "Reading or replacing offers is not supported: no container here has throughput.")
    return found


def _id(container: Container) -> str:
    return f"o{container.number:05d}"


def _offer(container: Container) -> JsonObject:
    name = _id(container)
    return {
        "id": name,
        "_rid": name,
        "_self": f"offers/{name}/",
        "_etag": container.properties()["_etag"],
        "_ts": container.properties()["_ts"],
        "offerVersion": "V2",
        "offerType": "Invalid",
        "resource": container.link,
        "offerResourceId": container.rid,
        "content": container.offer,
    }


def _listed(request: Request, found: list[JsonObject]) -> Response:
    return resource_response(request, 200, {"_rid": "", "Offers": [*found], "_count": len(found)})
