import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosHttpResponseError

from emulators.cosmos.server import CosmosEndpoint
from emulators.page.assets import PREFIX
from tests.support.http_get import Answer, get

pytestmark = pytest.mark.asyncio(loop_scope="module")

HTML = {"Accept": "text/html,application/xhtml+xml"}


class Page:
    def __init__(self, endpoint: CosmosEndpoint, client: CosmosClient) -> None:
        self.endpoint = endpoint
        self.client = client

    async def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return await get(self.endpoint.url + path, headers or {})

    async def json(self, route: str, **parameters: str) -> Any:
        return json.loads((await self.get(f"{PREFIX}/{route}?{urlencode(parameters)}")).body)

    async def items(self, container: str, **parameters: str) -> list[str]:
        shown = await self.json("items", database="shop", container=container, **parameters)
        return [item["id"] for item in shown["items"]]

    async def container(self, name: str, path: str | list[str], **options: Any) -> ContainerProxy:
        database = await self.client.create_database_if_not_exists("shop")
        key = PartitionKey(path) if isinstance(path, str) else PartitionKey(path, kind="MultiHash")
        made: ContainerProxy = await database.create_container_if_not_exists(name, key, **options)
        return made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page() -> AsyncIterator[Page]:
    async with CosmosEndpoint() as endpoint, CosmosClient(endpoint.url, credential=endpoint.key) as client:
        yield Page(endpoint, client)


async def test_a_browser_gets_the_page_where_an_sdk_gets_the_account(page: Page) -> None:
    browser = await page.get("/", HTML)
    unsigned = await page.get("/", {"Accept": "application/json"})
    signed = await page.get("/", {**HTML, "Authorization": "type=master&ver=1.0&sig=wrong"})

    assert browser.body.startswith(b"<!doctype html>")
    assert (unsigned.status, signed.status) == (401, 401)


async def test_a_container_is_shown_with_what_it_is_and_what_it_was_charged(page: Page) -> None:
    container = await page.container("counted", "/pk", default_ttl=60, offer_throughput=400)
    for number in range(3):
        await container.create_item({"id": str(number), "pk": "a"})

    [shown] = (await page.json("overview", filter="COUNTED"))["containers"]

    assert (shown["paths"], shown["ttl"], shown["throughput"], shown["items"]) == (["/pk"], 60, 400, 3)
    assert shown["requests"] == 3
    assert shown["charge"] > 3 * 4


@pytest.mark.parametrize(
    ("key", "found"), [("5", ["number", "text"]), ("true", ["truth"]), ("ada", ["name"]), ("nobody", [])]
)
async def test_items_are_found_by_a_partition_key_as_one_types_it(page: Page, key: str, found: list[str]) -> None:
    container = await page.container("typed", "/pk")
    for name, value in {"number": 5, "text": "5", "truth": True, "name": "ada"}.items():
        await container.upsert_item({"id": name, "pk": value})

    assert sorted(await page.items("typed", key=key)) == found


async def test_items_are_found_by_a_hierarchical_key_in_json(page: Page) -> None:
    container = await page.container("layered", ["/tenant", "/user"])
    await container.upsert_item({"id": "one", "tenant": "t", "user": 1})
    await container.upsert_item({"id": "two", "tenant": "t", "user": 2})

    assert await page.items("layered", key='["t", 2]') == ["two"]


async def test_items_are_found_by_a_piece_of_their_text_and_shown_whole(page: Page) -> None:
    container = await page.container("searched", "/pk")
    for number in range(60):
        await container.upsert_item({"id": f"i{number}", "pk": "a", "word": f"needle-{number}-"})

    shown = await page.json("items", database="shop", container="searched", find="needle-7-")
    [row] = shown["items"]
    item = await page.json("item", database="shop", container="searched", key=row["key"], id=row["id"])

    assert item["item"]["word"] == "needle-7-"
    assert shown["keys"] == [{"key": "a", "count": 60}]
    assert len(await page.items("searched")) == 50


async def test_a_failed_request_is_shown_with_its_message(page: Page) -> None:
    container = await page.container("failing", "/pk")
    with pytest.raises(CosmosHttpResponseError):
        await container.read_item("missing", "a")

    failed = (await page.json("overview"))["failed"][0]

    assert (failed["status"], failed["kind"], failed["method"]) == (404, "read", "GET")
    assert "NotFound" in failed["error"]


async def test_a_look_is_neither_counted_nor_charged(page: Page) -> None:
    before = page.endpoint.gateway.stats.as_json()

    await page.json("overview")
    await page.get("/", HTML)

    assert page.endpoint.gateway.stats.as_json() == before


async def test_what_is_not_there_is_an_error_that_says_so(page: Page) -> None:
    container = await page.get(f"{PREFIX}/items?database=shop&container=none")
    await page.container("empty", "/pk")
    item = await page.get(f"{PREFIX}/item?database=shop&container=empty&key=[]&id=none")

    assert (container.status, item.status) == (404, 404)
    assert "'dbs/shop/colls/none'" in json.loads(container.body)["error"]


async def test_a_foreign_web_site_does_not_get_the_key(page: Page) -> None:
    answer = await page.get(f"{PREFIX}/overview", {"Host": "evil.example"})

    assert answer.status == 403
    assert page.endpoint.key.encode() not in answer.body


async def test_a_foreign_web_site_sets_no_faults() -> None:
    async with CosmosEndpoint(controllable=True) as endpoint:
        foreign = await get(f"{endpoint.url}/faults", {"Origin": "https://evil.example"})
        own = await get(f"{endpoint.url}/faults", {})

    assert (foreign.status, own.status) == (403, 200)
