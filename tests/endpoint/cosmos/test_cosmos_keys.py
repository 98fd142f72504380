import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from azure.core.credentials import AccessToken
from azure.cosmos import PartitionKey, exceptions
from azure.cosmos.aio import CosmosClient

from emulators.certificates import certificates_in
from emulators.cosmos import CosmosEndpoint
from emulators.entra import Entra
from tests.support.cosmos_requests import CONTAINER, create, send, shop, signature


class Tokens:
    """Hands out tokens for one audience, as a credential of azure-identity does."""

    def __init__(self, audience: str) -> None:
        self._claims = {"aud": audience, "sub": "somebody", "exp": int(time.time()) + 600}

    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken(jwt.encode(self._claims, "k" * 32, algorithm="HS256"), int(time.time()) + 600)

    async def close(self) -> None: ...

    async def __aenter__(self) -> "Tokens":
        return self

    async def __aexit__(self, *_args: object) -> None: ...


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture
async def secure(folder: Path) -> AsyncIterator[CosmosEndpoint]:
    tls = certificates_in(folder).server_context()
    async with CosmosEndpoint(tls=tls, entra=Entra(("https://127.0.0.1",))) as started:
        yield started


async def test_a_token_opens_items_over_tls_but_makes_no_container(secure: CosmosEndpoint) -> None:
    async with CosmosClient(secure.url, secure.key) as client:
        database = await client.create_database("shop")
        await database.create_container("orders", PartitionKey("/customer"))
    async with CosmosClient(secure.url, Tokens("https://127.0.0.1/")) as client:
        orders = client.get_database_client("shop").get_container_client("orders")
        await orders.create_item({"id": "1", "customer": "ada"})
        assert [item["id"] async for item in orders.query_items("SELECT * FROM c")] == ["1"]

        with pytest.raises(exceptions.CosmosHttpResponseError) as caught:
            await client.create_database("other")

    assert (caught.value.status_code, caught.value.sub_status) == (403, 5300)


async def test_a_token_for_another_audience_is_401(secure: CosmosEndpoint) -> None:
    token = (await Tokens("https://other").get_token()).token
    response = secure.handle("GET", "/", {"authorization": f"type=aad&ver=1.0&sig={token}"})

    assert response.status == 401
    assert "https://other" in json.loads(response.body)["message"]


async def test_a_client_reads_and_queries_with_the_read_only_key_but_does_not_write(secure: CosmosEndpoint) -> None:
    async with CosmosClient(secure.url, secure.key) as client:
        database = await client.create_database("shop")
        await (await database.create_container("orders", PartitionKey("/customer"))).create_item(
            {"id": "1", "customer": "ada"}
        )
    async with CosmosClient(secure.url, secure.read_only_key) as client:
        orders = client.get_database_client("shop").get_container_client("orders")
        assert (await orders.read_item("1", "ada"))["id"] == "1"
        assert [item["id"] async for item in orders.query_items("SELECT * FROM c")] == ["1"]

        with pytest.raises(exceptions.CosmosHttpResponseError) as caught:
            await orders.upsert_item({"id": "1", "customer": "ada"})

    assert caught.value.status_code == 401


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_signature_is_good_for_a_quarter_of_an_hour(minutes: int) -> None:
    endpoint = shop()
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)
    signed = {"x-ms-date": date, "authorization": signature(endpoint.key, "GET", "/dbs/shop", date)}

    response = endpoint.handle("GET", "/dbs/shop", signed)

    assert response.status == 403
    assert f"token start time: {date}" in json.loads(response.body)["message"]


@pytest.mark.parametrize(
    ("date", "authorization", "why"),
    [
        ("", None, "mandates Date header"),
        ("yesterday", None, "mandates Date header"),
        ("", "type=resource&ver=1&sig=x", "Resource tokens"),
        ("", "type=aad&ver=1.0&sig=x", "Entra ID tokens are not accepted"),
    ],
)
def test_what_can_not_be_checked_is_401(date: str, authorization: str | None, why: str) -> None:
    endpoint = shop()
    given = authorization or signature(endpoint.key, "GET", "/dbs", date)

    response = endpoint.handle("GET", "/dbs", {"x-ms-date": date, "authorization": given})

    assert response.status == 401
    assert why in json.loads(response.body)["message"]


def test_a_session_that_is_ahead_is_not_served() -> None:
    endpoint = shop()
    create(endpoint, {"id": "1", "customer": "ada"})
    key = {"x_ms_documentdb_partitionkey": '["ada"]'}

    ahead, served, wrong = (
        send(endpoint, "GET", f"{CONTAINER}/docs/1", x_ms_session_token=token, **key)
        for token in ("0:-1#1,1:-1#2", "0:-1#1", "0:-1#x")
    )

    assert (ahead.status, ahead.header(b"x-ms-substatus")) == (404, b"1002")
    assert served.status == 200
    assert wrong.status == 400


def test_every_answer_has_a_charge_also_an_error() -> None:
    endpoint = shop()

    for method, path in (("GET", "/"), ("GET", "/dbs/none"), ("GET", f"{CONTAINER}/docs/1"), ("GET", "/nothing")):
        assert send(endpoint, method, path).header(b"x-ms-request-charge") is not None


async def test_a_body_that_never_ends_is_413() -> None:
    async with CosmosEndpoint() as endpoint:
        host, _, port = endpoint.url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /dbs HTTP/1.1\r\nhost: x\r\ncontent-length: 100000000\r\n\r\n" + b" " * 9_000_000)
        assert (await reader.readline()).split()[1] == b"413"
        writer.transport.abort()
