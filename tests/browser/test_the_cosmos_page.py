from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosResourceNotFoundError
from playwright.async_api import Page, expect

from emulators.cosmos.server import CosmosEndpoint

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = "<script>document.title = 'taken'</script>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def endpoint() -> AsyncIterator[CosmosEndpoint]:
    async with CosmosEndpoint() as endpoint:
        yield endpoint


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def orders(endpoint: CosmosEndpoint) -> AsyncIterator[ContainerProxy]:
    async with CosmosClient(endpoint.url, credential=endpoint.key) as client:
        database = await client.create_database("shop")
        yield await database.create_container("orders", PartitionKey("/customer"))


async def test_items_and_what_they_were_charged_appear_while_one_looks(
    endpoint: CosmosEndpoint, orders: ContainerProxy, tab: Page
) -> None:
    await tab.goto(f"{endpoint.url}/")
    row = tab.get_by_role("row").filter(has_text="shop / orders")
    await expect(row.get_by_role("cell").first).to_have_text("0")

    for number in range(3):
        await orders.create_item({"id": f"order-{number}", "customer": "ada", "note": HOSTILE})

    await expect(row.get_by_role("cell").first).to_have_text("3")
    create = tab.get_by_role("table", name="estimated charges").get_by_role("row").filter(has_text="create")
    await expect(create.get_by_role("cell").nth(1)).not_to_have_text("0 RU")
    await expect(tab.get_by_role("table", name="Last requests")).to_contain_text("POST /dbs/shop/colls/orders/docs")


async def test_an_item_is_found_by_its_partition_key_and_shown_as_the_text_that_it_is(
    endpoint: CosmosEndpoint, orders: ContainerProxy, tab: Page
) -> None:
    await orders.upsert_item({"id": "lonely", "customer": "grace", "note": HOSTILE})
    await orders.upsert_item({"id": "other", "customer": "linus"})
    await tab.goto(f"{endpoint.url}/")

    await tab.get_by_role("button", name="shop / orders").click()
    await tab.get_by_label("Partition key").fill("grace")
    await expect(tab.locator("#items .expander")).to_have_text(["lonely"])
    await tab.get_by_role("button", name="lonely").click()

    await expect(tab.get_by_label("Item lonely")).to_contain_text(f'"note": "{HOSTILE}"')
    assert await tab.locator("#items script").count() == 0
    assert "taken" not in await tab.title()


async def test_an_error_shows_its_message(endpoint: CosmosEndpoint, orders: ContainerProxy, tab: Page) -> None:
    with pytest.raises(CosmosResourceNotFoundError):
        await orders.read_item("not-there", "ada")

    await tab.goto(f"{endpoint.url}/")

    await expect(tab.get_by_role("table", name="Last errors")).to_contain_text(
        "GET /dbs/shop/colls/orders/docs/not-there"
    )
