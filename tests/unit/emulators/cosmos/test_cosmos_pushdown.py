import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulators.cosmos import CosmosEndpoint
from emulators.cosmos.sql.evaluate import holds
from emulators.cosmos.sql.parser import parse
from tests.support.cosmos_requests import create, query, shop

VALUES: list[Any] = [0, 1, 2.5, -3, 10**20, "", "a", "b", "ab", "é", True, False, None, [1], {"a": 1}]
DOCUMENTS = [
    {"id": f"{place:02}{'x' * (place % 3)}", "customer": "ada", "other": place % 4, **fields}
    for place, fields in enumerate(
        [{}] + [{"rank": value} for value in VALUES] + [{"rank": value, "kind": "a"} for value in VALUES]
    )
]

NAMES = [str(document["id"]) for document in DOCUMENTS]

literals = st.sampled_from([*VALUES[:-2], *NAMES[::5]]).map(json.dumps)
properties = st.sampled_from(["c.rank", "c.kind", "c.id", "c.customer", "c.other", "c.missing"])
comparisons = st.one_of(
    st.tuples(properties, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), literals).map(" ".join),
    st.tuples(literals, st.sampled_from(["=", "<", ">="]), properties).map(" ".join),
    st.tuples(properties, st.lists(literals, min_size=1, max_size=3)).map(
        lambda found: f"{found[0]} IN ({', '.join(found[1])})"
    ),
    st.tuples(properties, literals, literals).map(lambda found: f"{found[0]} BETWEEN {found[1]} AND {found[2]}"),
    st.tuples(properties, literals).map(lambda found: f"STARTSWITH({found[0]}, {found[1]})"),
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda found: f"({' '.join(found)})"),
        inner.map(lambda found: f"NOT ({found})"),
    ),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def endpoint() -> CosmosEndpoint:
    filled = shop()
    for document in DOCUMENTS:
        assert create(filled, document).status == 201
    return filled


@settings(max_examples=400, deadline=None)
@given(condition=conditions)
def test_what_sqlite_selects_is_what_the_condition_says(endpoint: CosmosEndpoint, condition: str) -> None:
    where = parse(f"SELECT * FROM c WHERE {condition}").where
    assert where is not None
    expected = {document["id"] for document in DOCUMENTS if holds(where, document, {})}

    found = query(endpoint, f"SELECT * FROM c WHERE {condition}", x_ms_max_item_count="-1")
    counted = query(endpoint, f"SELECT VALUE COUNT(1) FROM c WHERE {condition}")

    assert {document["id"] for document in found} == expected
    assert counted == [len(expected)]


def test_a_condition_may_have_thousands_of_parts(endpoint: CosmosEndpoint) -> None:
    chain = " OR ".join(f"(c.id = '{number:02}' AND c.customer = 'ada')" for number in range(3000))
    options = ", ".join(str(number) for number in range(3000))

    found = query(endpoint, f"SELECT * FROM c WHERE {chain}", x_ms_max_item_count="-1")
    among = query(endpoint, f"SELECT * FROM c WHERE c.rank IN ({options})", x_ms_max_item_count="-1")

    assert {document["id"] for document in found} == {
        document["id"] for document in DOCUMENTS if len(document["id"]) == 2
    }
    assert {document["rank"] for document in among} == {0, 1}


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_sorting_in_sqlite_is_the_order_of_the_service(endpoint: CosmosEndpoint, direction: str) -> None:
    scalars = "c.other >= 0 AND (NOT IS_DEFINED(c.rank) OR NOT IS_DEFINED(c.rank[0]) AND NOT IS_DEFINED(c.rank.a))"

    found = query(endpoint, f"SELECT * FROM c WHERE {scalars} ORDER BY c.rank {direction}", x_ms_max_item_count="-1")

    ranks = [document.get("rank", "undefined") for document in found if "kind" not in document]
    expected = ["undefined", None, False, True, -3, 0, 1, 2.5, 10**20, "", "a", "ab", "b", "é"]
    assert ranks == (expected if direction == "ASC" else expected[::-1])
