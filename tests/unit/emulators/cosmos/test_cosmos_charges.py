import json

import pytest

from emulators.cosmos import charge
from emulators.cosmos.indexing import IndexPolicy
from tests.support.cosmos_requests import CONTAINER, create, send, shop

KB = 1024


@pytest.mark.parametrize(
    ("price", "published"),
    [
        (charge.create(KB, 10), 7.0),
        (charge.replace(KB, 2), 10.8),
        (charge.patch(KB, 2, 2), 11.6),
        (charge.point_read(KB), 1.0),
        (charge.point_read(64 * KB), 4.76),
        (charge.create(3 * KB, 0), (6.29 + 6.67) / 2),
        (charge.create(9999 * KB, 0), 1250.0),
    ],
)
def test_estimates_agree_with_the_published_examples(price: float, published: float) -> None:
    assert price == pytest.approx(published, abs=0.11)


def test_only_indexed_terms_cost_anything() -> None:
    endpoint = shop()

    few = create(endpoint, {"id": "1", "customer": "ada", "kind": "a", "note": "not indexed"})
    more = create(endpoint, {"id": "2", "customer": "ada", "kind": "a", "rank": 1})

    assert few.header(b"x-ms-request-charge") == b"5.15"
    assert more.header(b"x-ms-request-charge") == b"5.35"


def test_a_batch_costs_the_sum_of_its_operations() -> None:
    endpoint = shop()
    operations = [
        {"operationType": "Create", "resourceBody": {"id": "1", "customer": "ada", "kind": "a"}},
        {"operationType": "Read", "id": "1"},
    ]

    response = send(
        endpoint,
        "POST",
        f"{CONTAINER}/docs",
        operations,
        x_ms_documentdb_partitionkey='["ada"]',
        x_ms_cosmos_is_batch_request="True",
    )

    assert [result["requestCharge"] for result in json.loads(response.body)] == [5.15, 1.0]
    assert response.header(b"x-ms-request-charge") == b"6.15"


def test_a_replace_costs_by_the_terms_that_change() -> None:
    endpoint = shop()
    create(endpoint, {"id": "1", "customer": "ada", "kind": "a", "rank": 1})

    response = send(
        endpoint,
        "PUT",
        f"{CONTAINER}/docs/1",
        {"id": "1", "customer": "ada", "kind": "b", "rank": 1},
        x_ms_documentdb_partitionkey='["ada"]',
    )

    assert response.header(b"x-ms-request-charge") == b"10.30"


def test_the_default_policy_indexes_each_leaf() -> None:
    document = {"id": "1", "a": 1, "b": {"c": "x", "d": None}, "e": [1, {"f": 2}], "_etag": "x", "_ts": 1}

    entries = IndexPolicy({}).entries(document)  # type: ignore[arg-type]

    assert sorted(entries) == [("a",), ("b", "c"), ("b", "d"), ("e", "[0]"), ("e", "[1]", "f")]


def test_the_longest_matching_path_decides() -> None:
    policy = IndexPolicy(
        {
            "includedPaths": [{"path": "/*"}, {"path": "/a/b/?"}, {"path": "/list/[]/x/?"}],
            "excludedPaths": [{"path": "/a/*"}, {"path": "/list/*"}, {"path": '/"odd name"/?'}],
        }
    )

    indexed = {path: policy.indexes(path) for path in [("a", "b"), ("a", "c"), ("z",), ("odd name",), ("id",)]}

    assert indexed == {("a", "b"): True, ("a", "c"): False, ("z",): True, ("odd name",): False, ("id",): True}
    assert sorted(policy.entries({"list": [{"x": 1, "y": 2}]})) == [("list", "[0]", "x")]


def test_without_indexing_nothing_is_indexed() -> None:
    policy = IndexPolicy({"indexingMode": "none"})

    assert policy.entries({"a": 1}) == {}
    assert not policy.indexes(("a",))
