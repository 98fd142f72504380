from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient
from playwright.async_api import Page, expect

from emulators.servicebus.asked import with_entities
from emulators.servicebus.broker.plan import Plan
from emulators.servicebus.endpoint import ServiceBusEndpoint
from emulators.servicebus.faults import Throttle

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLAN = with_entities(Plan(), ["counted", "hostile", "buried"], ["held"], ["news/daily"])
HOSTILE = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">"


@dataclass(frozen=True)
class World:
    endpoint: ServiceBusEndpoint
    client: ServiceBusClient

    async def send(self, queue: str, *messages: ServiceBusMessage) -> None:
        async with self.client.get_queue_sender(queue) as sender:
            await sender.send_messages(list(messages))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[World]:
    async with (
        ServiceBusEndpoint(PLAN, http_port=0) as endpoint,
        ServiceBusClient.from_connection_string(endpoint.connection_string) as client,
    ):
        yield World(endpoint, client)


async def test_a_message_that_is_sent_appears_while_one_looks(world: World, tab: Page) -> None:
    await tab.goto(f"{world.endpoint.http_url}/")
    row = tab.get_by_role("row").filter(has_text="counted")
    await expect(row.get_by_role("cell").first).to_have_text("0")

    await world.send("counted", ServiceBusMessage("one"), ServiceBusMessage("two"))

    await expect(row.get_by_role("cell").first).to_have_text("2")
    await expect(tab.get_by_role("status")).to_have_text("Live")


async def test_a_hostile_message_is_shown_as_the_text_that_it_is(world: World, tab: Page) -> None:
    await world.send("hostile", ServiceBusMessage(HOSTILE, subject=HOSTILE, application_properties={HOSTILE: HOSTILE}))
    await tab.goto(f"{world.endpoint.http_url}/")

    await tab.get_by_role("button", name="hostile").click()
    await tab.get_by_role("button", name="1", exact=True).click()

    await expect(tab.get_by_label("Body")).to_have_text(HOSTILE)
    await expect(tab.get_by_label("Application properties")).to_contain_text(HOSTILE)
    assert await tab.locator("#messages script, #messages img").count() == 0
    assert "taken" not in await tab.title()


async def test_a_dead_letter_shows_its_reason(world: World, tab: Page) -> None:
    await world.send("buried", ServiceBusMessage("to nowhere", subject="parcel"))
    async with world.client.get_queue_receiver("buried") as receiver:
        [message] = await receiver.receive_messages(max_wait_time=5)
        await receiver.dead_letter_message(message, reason="NoSuchStreet", error_description="Main Street 0")
    await tab.goto(f"{world.endpoint.http_url}/#entity=buried")

    await tab.get_by_role("button", name="Dead letters").click()
    row = tab.get_by_role("row").filter(has_text="parcel")
    await expect(row).to_contain_text("NoSuchStreet")
    await row.get_by_role("button").click()

    await expect(tab.locator("tr.more")).to_contain_text("Main Street 0")


async def test_a_session_shows_who_holds_it(world: World, tab: Page) -> None:
    await world.send("held", ServiceBusMessage("x", session_id="s-7"))
    await tab.goto(f"{world.endpoint.http_url}/#entity=held&shelf=sessions")

    async with world.client.get_queue_receiver("held", session_id="s-7"):
        row = tab.get_by_role("table", name="Sessions").get_by_role("row").filter(has_text="s-7")
        await expect(row).to_contain_text("127.0.0.1:")


async def test_faults_that_are_set_are_told_until_they_are_removed(world: World, tab: Page) -> None:
    await tab.goto(f"{world.endpoint.http_url}/")
    with world.endpoint.faults.during(Throttle(name="tired", entity="held", count=None)):
        await expect(tab.get_by_role("table", name="Faults")).to_contain_text("tired")

    await expect(tab.get_by_role("table", name="Faults")).to_have_count(0)


async def test_the_page_says_when_the_endpoint_is_gone(tab: Page) -> None:
    async with ServiceBusEndpoint(PLAN, http_port=0) as endpoint:
        await tab.goto(f"{endpoint.http_url}/")
        await expect(tab.get_by_role("status")).to_have_text("Live")

    await expect(tab.get_by_role("status")).to_have_text("Not reachable")
    await expect(tab.get_by_role("alert")).to_contain_text("does not answer")
