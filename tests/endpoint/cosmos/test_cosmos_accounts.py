"""What an account has beside items, and what it is without here."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from azure.cosmos import PartitionKey, exceptions
from azure.cosmos.aio import ContainerProxy, CosmosClient, DatabaseProxy

from emulators.cosmos import CosmosEndpoint
from tests.support.cosmos_requests import create, query, send, shop


def test_the_containers_of_a_database_share_its_throughput() -> None:
    endpoint = CosmosEndpoint()
    send(endpoint, "POST", "/dbs", {"id": "shop"}, x_ms_offer_throughput="400")
    for name, more in (("one", {}), ("other", {}), ("own", {"x_ms_offer_throughput": "400"})):
        send(endpoint, "POST", "/dbs/shop/colls", {"id": name, "partitionKey": {"paths": ["/pk"]}}, **more)

    def create_in(name: str) -> int:
        document = {"id": "1", "pk": "a", "text": "x" * 1_000_000}
        path = f"/dbs/shop/colls/{name}/docs"
        return send(endpoint, "POST", path, document, x_ms_documentdb_partitionkey='["a"]').status

    assert [create_in(name) for name in ("one", "other", "own")] == [201, 429, 201]


async def test_the_throughput_of_a_database_is_read_and_replaced(client: CosmosClient) -> None:
    database = await client.create_database("shared", offer_throughput=400)

    assert (await database.get_throughput()).offer_throughput == 400
    assert (await database.replace_throughput(1000)).offer_throughput == 1000
    assert (await database.get_throughput()).offer_throughput == 1000


def test_throughput_of_a_database_outlives_the_endpoint(tmp_path: Path) -> None:
    endpoint = CosmosEndpoint(data=tmp_path)
    send(endpoint, "POST", "/dbs", {"id": "shared"}, x_ms_offer_throughput="500")
    endpoint.gateway.commit()
    before = send(endpoint, "GET", "/offers")
    endpoint._database.close()

    again = CosmosEndpoint(data=tmp_path)
    after = send(again, "GET", "/offers")
    again._database.close()

    assert after.body == before.body


async def test_databases_and_containers_are_queried(client: CosmosClient, database: DatabaseProxy) -> None:
    await database.create_container("a", PartitionKey("/pk"))
    await database.create_container("b", PartitionKey("/pk"))
    wanted = [{"name": "@id", "value": "b"}]

    found: Any = database.query_containers("SELECT VALUE c.id FROM c WHERE c.id = @id", parameters=wanted)

    assert [name async for name in found] == ["b"]
    assert [entry["id"] async for entry in database.list_containers(max_item_count=1)] == ["a", "b"]
    assert [entry["id"] async for entry in client.query_databases("SELECT c.id FROM c")] == ["shop"]


async def test_what_a_container_holds_is_told_when_asked_for(orders: ContainerProxy) -> None:
    await orders.create_item({"id": "1", "customer": "ada"})
    told: dict[str, str] = {}

    read = await orders.read(
        populate_partition_key_range_statistics=True,
        populate_quota_info=True,
        response_hook=lambda got, _body: told.update(got),
    )

    assert sorted(entry["documentCount"] for entry in read["statistics"]) == [0, 1]
    assert "documentsCount=1;" in told["x-ms-resource-usage"]


def test_deleting_a_partition_leaves_the_others_and_frees_its_unique_keys() -> None:
    endpoint = shop()
    for name, customer in (("1", "ada"), ("2", "ada"), ("1", "bob")):
        create(endpoint, {"id": name, "customer": customer})

    response = send(
        endpoint,
        "POST",
        "/dbs/shop/colls/orders/operations/partitionkeydelete",
        x_ms_documentdb_partitionkey='["ada"]',
    )

    assert response.status == 200
    assert query(endpoint, "SELECT * FROM c") == []
    assert len(query(endpoint, "SELECT * FROM c", "bob")) == 1


Ask = Callable[[DatabaseProxy, ContainerProxy], Awaitable[object]]


@pytest.mark.parametrize(
    ("ask", "status"),
    [
        (lambda db, _c: db.create_user({"id": "u"}), 501),
        (lambda db, _c: db.get_user_client("u").read(), 404),
        (lambda _db, c: c.scripts.create_stored_procedure({"id": "s", "body": "x"}), 501),
        (lambda _db, c: c.scripts.execute_stored_procedure("s", partition_key="a"), 404),
        (lambda _db, c: c.scripts.create_trigger({"id": "t", "body": "x"}), 501),
        (lambda _db, c: c.scripts.create_user_defined_function({"id": "f", "body": "x"}), 501),
        (lambda _db, c: c.get_conflict("x", "ada"), 404),
        (lambda _db, c: c.create_item({"id": "1", "customer": "a"}, pre_trigger_include="t"), 400),
    ],
    ids=["user", "no user", "procedure", "no procedure", "trigger", "function", "no conflict", "no trigger"],
)
async def test_what_this_endpoint_has_not_is_refused(
    database: DatabaseProxy, orders: ContainerProxy, ask: Ask, status: int
) -> None:
    with pytest.raises(exceptions.CosmosHttpResponseError) as caught:
        await ask(database, orders)

    assert caught.value.status_code == status


async def test_what_this_endpoint_has_not_is_an_empty_list(database: DatabaseProxy, orders: ContainerProxy) -> None:
    scripts = orders.scripts
    for found in (
        database.list_users(),
        orders.list_conflicts(),
        orders.query_conflicts("SELECT * FROM c"),
        scripts.list_stored_procedures(),
        scripts.list_triggers(),
        scripts.list_user_defined_functions(),
    ):
        assert [entry async for entry in found] == []


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"partitionKey": {"paths": ["/a", "/b"], "kind": "Hash"}}, "partition key has kind"),
        ({"partitionKey": {"paths": ["a"]}}, "partition key path"),
        ({"indexingPolicy": {"indexingMode": "lazy"}}, "indexing mode"),
        ({"indexingPolicy": {"includedPaths": [{"path": "a"}]}}, "indexing path"),
        ({"indexingPolicy": {"includedPaths": [{"path": "/a/?"}]}}, "mandatory indexing path"),
        ({"indexingPolicy": {"compositeIndexes": [[{"path": "/a"}]]}}, "composite index"),
        ({"indexingPolicy": {"vectorIndexes": [{"path": "/v"}]}}, "vector"),
        ({"vectorEmbeddingPolicy": {"vectorEmbeddings": []}}, "vector"),
        ({"fullTextPolicy": {"defaultLanguage": "en-US"}}, "full-text"),
        ({"computedProperties": [{"name": "n", "query": "SELECT VALUE 1"}]}, "computed"),
        ({"changeFeedPolicy": {"retentionDuration": 10}}, "all versions"),
        ({"defaultTtl": 0}, "defaultTtl"),
        ({"uniqueKeyPolicy": {"uniqueKeys": [{"paths": ["/a"]}] * 11}}, "unique keys"),
    ],
)
def test_a_container_that_can_not_be_is_refused(more: dict[str, Any], why: str) -> None:
    response = send(shop(), "POST", "/dbs/shop/colls", {"id": "c", "partitionKey": {"paths": ["/pk"]}, **more})

    assert response.status == 400
    assert why in response.body.decode()


def nested(levels: int) -> Any:
    found: Any = "x] [}"
    for level in range(levels):
        found = [found] if level % 2 else {"a": found}
    return found


@pytest.mark.parametrize(("levels", "status"), [(127, 201), (128, 400), (150, 400), (600, 400)])
def test_a_document_has_at_most_128_levels(levels: int, status: int) -> None:
    assert create(shop(), {"id": "1", "customer": "ada", "deep": nested(levels)}).status == status


def test_many_objects_are_not_deep() -> None:
    lines = [{"text": "{[\\"}, [], {}] * 100

    assert create(shop(), {"id": "1", "customer": "ada", "lines": lines}).status == 201
