import json

import pytest

from emulators.cosmos import CosmosEndpoint
from tests.support.cosmos_requests import CONTAINER, create, query, send, shop

ADA = '["ada"]'


@pytest.fixture
def endpoint() -> CosmosEndpoint:
    return shop()


def test_the_account_names_the_address_that_the_client_used(endpoint: CosmosEndpoint) -> None:
    account = json.loads(send(endpoint, "GET", "/", host="emulator:8081").body)

    assert account["writableLocations"] == [{"name": "Local", "databaseAccountEndpoint": "http://emulator:8081/"}]
    assert account["enableMultipleWriteLocations"] is False


def test_an_unsigned_request_is_401_and_says_what_should_have_been_signed(endpoint: CosmosEndpoint) -> None:
    response = endpoint.handle("GET", f"{CONTAINER}/docs/1", {"x-ms-date": "Thu, 01 May 2031"})

    error = json.loads(response.body)
    assert (response.status, error["code"]) == (401, "Unauthorized")
    assert r"'get\ndocs\ndbs/shop/colls/orders/docs/1\nthu, 01 may 2031\n\n'" in error["message"]


@pytest.mark.parametrize(
    ("method", "path", "status", "substatus"),
    [
        ("GET", "/dbs/none/colls/orders", 404, b"1003"),
        ("GET", "/dbs/shop/colls/none/docs/1", 404, b"1003"),
        ("POST", f"{CONTAINER}/sprocs", 501, None),
        ("GET", "/offers", 400, None),
        ("GET", "/users", 405, None),
    ],
)
def test_what_is_not_there_is_refused(
    endpoint: CosmosEndpoint, method: str, path: str, status: int, substatus: bytes | None
) -> None:
    response = send(endpoint, method, path, {} if method == "POST" else None)

    assert (response.status, response.header(b"x-ms-substatus")) == (status, substatus)


def test_ranges_are_drained_with_304(endpoint: CosmosEndpoint) -> None:
    first = send(endpoint, "GET", f"{CONTAINER}/pkranges", a_im="Incremental Feed")
    etag = first.header(b"etag") or b""
    second = send(endpoint, "GET", f"{CONTAINER}/pkranges", if_none_match=etag.decode())

    assert [entry["minInclusive"] for entry in json.loads(first.body)["PartitionKeyRanges"]] == ["", "20" + "0" * 30]
    assert (second.status, second.body, second.header(b"etag")) == (304, b"", etag)


def test_a_request_for_an_earlier_container_of_the_same_name_is_400_with_1024(endpoint: CosmosEndpoint) -> None:
    response = send(
        endpoint,
        "GET",
        f"{CONTAINER}/docs/1",
        x_ms_documentdb_partitionkey=ADA,
        x_ms_cosmos_intended_collection_rid="AAAA",
    )

    assert (response.status, response.header(b"x-ms-substatus")) == (400, b"1024")


def test_a_query_over_everything_is_sent_away_for_a_plan(endpoint: CosmosEndpoint) -> None:
    body = {"query": "SELECT * FROM c"}
    allowed = send(
        endpoint,
        "POST",
        f"{CONTAINER}/docs",
        body,
        x_ms_documentdb_isquery="true",
        x_ms_documentdb_query_enablecrosspartition="True",
    )
    forbidden = send(endpoint, "POST", f"{CONTAINER}/docs", body, x_ms_documentdb_isquery="true")

    assert (allowed.status, allowed.header(b"x-ms-substatus")) == (400, b"1004")
    assert (forbidden.status, forbidden.header(b"x-ms-substatus")) == (400, None)
    assert b"Cross partition query is required but disabled" in forbidden.body


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b'{"id": 1, "customer": "ada"}', b'{"customer": "ada"}'])
def test_a_document_must_be_an_object_with_a_text_as_id(endpoint: CosmosEndpoint, body: bytes) -> None:
    signed = send(endpoint, "POST", f"{CONTAINER}/docs", json.loads(body) if body != b"{" else "{")

    assert signed.status == 400


@pytest.mark.parametrize("ttl", [0, -2, "5", True, 1.5])
def test_an_impossible_time_to_live_is_refused(endpoint: CosmosEndpoint, ttl: object) -> None:
    assert create(endpoint, {"id": "1", "customer": "ada", "ttl": ttl}).status == 400


def test_system_properties_sent_by_a_client_are_replaced(endpoint: CosmosEndpoint) -> None:
    stored = json.loads(create(endpoint, {"id": "1", "_etag": "mine", "customer": "ada", "_ts": 1}).body)

    assert stored["_etag"] != "mine"
    assert stored["_ts"] > 1
    assert list(stored)[:2] == ["id", "customer"]


def test_a_continuation_token_of_somebody_else_is_refused(endpoint: CosmosEndpoint) -> None:
    headers = {"x_ms_documentdb_partitionkey": ADA, "x_ms_documentdb_isquery": "true", "x_ms_continuation": "abc"}

    response = send(endpoint, "POST", f"{CONTAINER}/docs", {"query": "SELECT * FROM c"}, **headers)

    assert response.status == 400
    assert b"Invalid Continuation Token" in response.body


def test_a_page_holds_at_most_four_megabytes(endpoint: CosmosEndpoint) -> None:
    for number in range(4):
        create(endpoint, {"id": str(number), "customer": "ada", "pad": "x" * 1_500_000})

    assert len(query(endpoint, "SELECT * FROM c", x_ms_max_item_count="-1")) == 2


def test_requests_are_counted_by_kind_with_their_charges(endpoint: CosmosEndpoint) -> None:
    create(endpoint, {"id": "1", "customer": "ada"})
    send(endpoint, "GET", f"{CONTAINER}/docs/1", x_ms_documentdb_partitionkey=ADA)

    stats = endpoint.gateway.stats.as_json()

    assert stats["by_kind"] == {"colls": 1, "create": 1, "dbs": 1, "read": 1}
    assert stats["request_charge"] == 5.95
