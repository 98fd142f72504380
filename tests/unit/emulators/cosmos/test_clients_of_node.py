"""What the SDK for Node sends and expects, beside what that for Python does."""

import json
from typing import Any

import pytest

from emulators.cosmos import CosmosEndpoint
from tests.support.cosmos_requests import CONTAINER, create, query, send, shop

DOCS = f"{CONTAINER}/docs"
BULK = {"x_ms_cosmos_is_batch_request": "true", "x_ms_cosmos_batch_atomic": "false"}
FEATURES = "NonValueAggregate,Aggregate,GroupBy,MultipleAggregates"


@pytest.fixture
def endpoint() -> CosmosEndpoint:
    found = shop()
    for at in range(4):
        create(found, {"id": str(at), "customer": "ada", "kind": "ab"[at % 2], "n": at})
    return found


def entry(kind: str, customer: str, **more: object) -> dict[str, object]:
    return {"operationType": kind, "partitionKey": json.dumps([customer]), **more}


def test_a_patch_may_be_a_list_of_operations_alone(endpoint: CosmosEndpoint) -> None:
    patch = [{"op": "set", "path": "/n", "value": 9}]

    response = send(endpoint, "PATCH", f"{DOCS}/1", patch, x_ms_documentdb_partitionkey='["ada"]')

    assert (response.status, json.loads(response.body)["n"]) == (200, 9)


def test_operations_in_bulk_succeed_and_fail_one_by_one(endpoint: CosmosEndpoint) -> None:
    operations = [
        entry("Create", "ada", resourceBody={"id": "new", "customer": "ada"}),
        entry("Create", "ada", resourceBody={"id": "1", "customer": "ada"}),
        entry("Read", "ada", id="2"),
        entry("Delete", "bob", id="none"),
        {"operationType": "Read", "id": "2"},
        entry("Delete", "ada", id="3"),
    ]

    response = send(
        endpoint,
        "POST",
        DOCS,
        operations,
        x_ms_documentdb_partitionkeyrangeid="0",
        x_ms_cosmos_batch_continue_on_error="true",
        **BULK,
    )

    results = json.loads(response.body)
    assert (response.status, [each["statusCode"] for each in results]) == (207, [201, 409, 200, 404, 400, 204])
    assert results[2]["resourceBody"]["n"] == 2
    assert query(endpoint, "SELECT VALUE c.id FROM c ORDER BY c.id") == ["0", "1", "2", "new"]


def test_operations_in_bulk_end_with_the_first_failure_unless_they_go_on(endpoint: CosmosEndpoint) -> None:
    operations = [entry("Delete", "ada", id="none"), entry("Delete", "ada", id="1")]

    response = send(endpoint, "POST", DOCS, operations, x_ms_documentdb_partitionkeyrangeid="0", **BULK)

    assert [each["statusCode"] for each in json.loads(response.body)] == [404, 424]


def test_a_query_over_everything_is_refused_with_its_plan_in_the_error(endpoint: CosmosEndpoint) -> None:
    body = {"query": "SELECT VALUE COUNT(1) FROM c"}

    fields = {"x_ms_documentdb_isquery": "true", "x_ms_documentdb_query_enablecrosspartition": "true"}
    response = send(endpoint, "POST", DOCS, body, **fields)

    info = json.loads(json.loads(response.body)["additionalErrorInfo"])
    assert (response.status, info["queryInfo"]["aggregates"]) == (400, ["Count"])


def planned(endpoint: CosmosEndpoint, text: str) -> Any:
    fields = {"x_ms_cosmos_is_query_plan_request": "True", "x_ms_cosmos_supported_query_features": FEATURES}
    response = send(endpoint, "POST", DOCS, {"query": text}, **fields)
    assert response.status == 200, response.body
    return json.loads(response.body)["queryInfo"]


def test_groups_are_planned_for_clients_that_can_merge_them(endpoint: CosmosEndpoint) -> None:
    info = planned(endpoint, "SELECT c.kind, MAX(c.n) AS most, AVG(c.n) AS mean FROM c GROUP BY c.kind")

    assert info["groupByExpressions"] == ['c["kind"]']
    assert info["groupByAliasToAggregateType"] == {"kind": None, "most": "Max", "mean": "Average"}
    assert query(endpoint, info["rewrittenQuery"]) == [
        {
            "groupByItems": [{"item": kind}],
            "payload": {
                "kind": kind,
                "most": {"item": most, "item2": {"max": most, "count": 2}},
                "mean": {"item": {"sum": total, "count": 2}},
            },
        }
        for kind, most, total in (("a", 2, 2), ("b", 3, 4))
    ]


def test_a_single_value_of_groups_is_planned_too(endpoint: CosmosEndpoint) -> None:
    info = planned(endpoint, "SELECT VALUE COUNT(1) FROM c GROUP BY c.kind")

    assert (info["aggregates"], info["groupByAliases"]) == (["Count"], [])
    assert [row["payload"] for row in query(endpoint, info["rewrittenQuery"])] == [[{"item": 2}], [{"item": 2}]]


def test_the_least_and_the_most_are_planned_with_their_counts(endpoint: CosmosEndpoint) -> None:
    info = planned(endpoint, "SELECT VALUE MIN(c.n) FROM c")

    assert query(endpoint, info["rewrittenQuery"]) == [[{"item": 0, "item2": {"min": 0, "count": 4}}]]


def test_a_source_called_root_is_a_source_like_any_other(endpoint: CosmosEndpoint) -> None:
    assert [row["id"] for row in query(endpoint, "SELECT * FROM root WHERE root.n > 2")] == ["3"]
