import json
import logging
import resource
import time
from collections.abc import Iterator

import pytest

from emulators.cosmos import CosmosEndpoint
from emulators.cosmos.sql.kept import Kept
from tests.fuzz.hostile_requests import BATCHES, BODIES, HEADERS, PATCHES, PATHS, QUERIES
from tests.support.cosmos_requests import CONTAINER, create, query, send, shop, signed

CPU_SECONDS_MAX = 4.0
GROWTH_KB_MAX = 600_000
DOCS = f"{CONTAINER}/docs"
KEY = {"x-ms-documentdb-partitionkey": '["ada"]'}
QUERY = {"x-ms-documentdb-isquery": "true", "content-type": "application/query+json"}
RANGE = {"x-ms-documentdb-partitionkeyrangeid": "0"}
BATCH = {"x-ms-cosmos-is-batch-request": "True", "x-ms-cosmos-batch-atomic": "True"}
PLAN = {"x-ms-cosmos-is-query-plan-request": "True"}
FEED = {"a-im": "Incremental feed"}


@pytest.fixture
def endpoint() -> CosmosEndpoint:
    found = shop()
    for at, name in enumerate(("one", "two", "three")):
        create(found, {"id": name, **DOCUMENT, "rank": at})
    return found


DOCUMENT = {"customer": "ada", "kind": "k", "numbers": list(range(100)), "text": "a" * 3000, "deep": {"deep": {}}}


@pytest.fixture(autouse=True)
def nothing_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def said(endpoint: CosmosEndpoint, method: str, path: str, body: bytes, headers: dict[str, str]) -> int:
    """Send a request, and return the status; it must be no failure of the endpoint's own, and take little."""
    started, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    response = endpoint.handle(method, path, {**signed(endpoint, method, path), **headers}, body)
    spent, grown = time.process_time() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert response.status < 500, response.body[:300]
    assert spent < CPU_SECONDS_MAX
    assert grown < GROWTH_KB_MAX
    return response.status


def others_are_unharmed(endpoint: CosmosEndpoint) -> None:
    assert query(endpoint, "SELECT VALUE c.id FROM c WHERE c.id IN ('two', 'three')") == ["three", "two"]
    name = f"later-{time.monotonic_ns()}"
    assert create(endpoint, {"id": name, "customer": "bob"}).status == 201
    assert send(endpoint, "DELETE", f"{DOCS}/{name}", x_ms_documentdb_partitionkey='["bob"]').status == 204


@pytest.mark.parametrize("text", QUERIES.values(), ids=QUERIES)
def test_a_hostile_query_is_answered_or_refused_in_bounded_time(endpoint: CosmosEndpoint, text: str) -> None:
    body = json.dumps({"query": text}).encode()

    said(endpoint, "POST", DOCS, body, {**QUERY, **KEY})
    said(endpoint, "POST", DOCS, body, {**QUERY, **PLAN})

    others_are_unharmed(endpoint)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_hostile_body_is_taken_or_refused_wherever_it_comes(endpoint: CosmosEndpoint, body: bytes) -> None:
    for headers in ({}, KEY, {"x-ms-documentdb-is-upsert": "true"}, {**QUERY, **KEY}, {**BATCH, **KEY}):
        said(endpoint, "POST", DOCS, body, headers)
    for method in ("PUT", "PATCH"):
        said(endpoint, method, f"{DOCS}/one", body, KEY)
    for path in ("/dbs", "/dbs/shop/colls", "/offers"):
        said(endpoint, "POST", path, body, {})
    said(endpoint, "PUT", CONTAINER, body, {})

    others_are_unharmed(endpoint)


def test_hostile_patches_are_carried_out_or_refused(endpoint: CosmosEndpoint) -> None:
    statuses = {
        name: said(endpoint, "PATCH", f"{DOCS}/one", json.dumps(patch).encode(), KEY) for name, patch in PATCHES.items()
    }

    assert statuses["a condition on a product of arrays"] == statuses["a path that is very deep"] == 400
    others_are_unharmed(endpoint)


def test_hostile_batches_are_refused(endpoint: CosmosEndpoint) -> None:
    for batch in BATCHES.values():
        said(endpoint, "POST", DOCS, json.dumps(batch).encode(), {**BATCH, **KEY})

    others_are_unharmed(endpoint)


@pytest.mark.parametrize("name", HEADERS)
def test_hostile_headers_are_ignored_or_refused(endpoint: CosmosEndpoint, name: str) -> None:
    sorted_query, plain, distinct = (
        json.dumps({"query": text}).encode()
        for text in ("SELECT * FROM c ORDER BY c.rank", "SELECT * FROM c", "SELECT DISTINCT c.kind FROM c")
    )
    for value in HEADERS[name]:
        for method, path, body, headers in (
            ("GET", DOCS, b"", {}),
            ("GET", f"{DOCS}/one", b"", KEY),
            ("POST", DOCS, sorted_query, {**QUERY, **KEY}),
            ("POST", DOCS, plain, {**QUERY, **RANGE}),
            ("POST", DOCS, distinct, {**QUERY, **RANGE}),
            ("GET", DOCS, b"", {**FEED, **RANGE}),
            ("POST", DOCS, plain, {**QUERY, "x-ms-documentdb-partitionkeyrangeid": "1"}),
            ("POST", "/dbs/shop/colls", b'{"id": "x", "partitionKey": {"paths": ["/a"]}}', {}),
            ("DELETE", f"{DOCS}/none", b"", KEY),
            ("GET", f"{CONTAINER}/pkranges", b"", {}),
        ):
            said(endpoint, method, path, body, {**headers, name: value})

    others_are_unharmed(endpoint)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"])
def test_hostile_paths_are_refused(endpoint: CosmosEndpoint, method: str) -> None:
    for path in PATHS:
        said(endpoint, method, path, b"{}", {})

    others_are_unharmed(endpoint)


def test_what_is_remembered_of_queries_is_bounded_by_its_weight() -> None:
    made: list[int] = []

    def make(key: int) -> tuple[str, int]:
        made.append(key)
        return str(key), key

    kept = Kept(make, 100)

    assert [kept(key) for key in (60, 60, 30, 60, 50, 60, 500, 500)] == [
        "60",
        "60",
        "30",
        "60",
        "50",
        "60",
        "500",
        "500",
    ]
    assert made == [60, 30, 50, 60, 500, 500]
