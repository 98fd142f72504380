"""Signed requests to the local Cosmos DB endpoint, for tests that use no SDK and no socket."""

import hmac
import json
from base64 import b64decode, b64encode
from email.utils import formatdate
from typing import Any

from emulators.cosmos import CosmosEndpoint
from emulators.cosmos.routes import target_of
from emulators.cosmos.wire.message import Response

CONTAINER = "/dbs/shop/colls/orders"


def signature(key: str, method: str, path: str, date: str) -> str:
    """Return the authorization header of a request."""
    target = target_of(path)
    payload = f"{method.lower()}\n{target.resource}\n{target.link}\n{date.lower()}\n\n"
    signed = b64encode(hmac.digest(b64decode(key), payload.encode(), "sha256")).decode()
    return f"type=master&ver=1.0&sig={signed}"


def signed(endpoint: CosmosEndpoint, method: str, path: str) -> dict[str, str]:
    """Return the headers that every request needs."""
    date = formatdate(usegmt=True)
    return {"host": "local:1", "x-ms-date": date, "authorization": signature(endpoint.key, method, path, date)}


def send(endpoint: CosmosEndpoint, method: str, path: str, body: Any = None, **headers: str) -> Response:
    """Send one request; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    fields = {**signed(endpoint, method, path), **named}
    return endpoint.handle(method, path, fields, b"" if body is None else json.dumps(body).encode())


def shop(**options: Any) -> CosmosEndpoint:
    """Return an endpoint with an empty container `orders`, partitioned by `/customer`."""
    endpoint = CosmosEndpoint(**options)
    indexing = {"includedPaths": [{"path": "/kind/?"}, {"path": "/rank/?"}], "excludedPaths": [{"path": "/*"}]}
    send(endpoint, "POST", "/dbs", {"id": "shop"})
    container = {"id": "orders", "partitionKey": {"paths": ["/customer"]}, "indexingPolicy": indexing, "defaultTtl": -1}
    send(endpoint, "POST", "/dbs/shop/colls", container)
    return endpoint


def create(endpoint: CosmosEndpoint, document: dict[str, Any]) -> Response:
    """Create a document in the container `orders`."""
    key = json.dumps([document["customer"]])
    return send(endpoint, "POST", f"{CONTAINER}/docs", document, x_ms_documentdb_partitionkey=key)


def query(endpoint: CosmosEndpoint, sql: str, customer: str = "ada", **headers: str) -> Any:
    """Return the documents of the first page of a query within a partition."""
    key = json.dumps([customer])
    fields = {"x_ms_documentdb_isquery": "true", "x_ms_documentdb_partitionkey": key, **headers}
    response = send(endpoint, "POST", f"{CONTAINER}/docs", {"query": sql}, **fields)
    assert response.status == 200, response.body
    return json.loads(response.body)["Documents"]
