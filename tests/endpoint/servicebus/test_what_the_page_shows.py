import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from emulators.page.assets import PREFIX
from emulators.servicebus.endpoint import ServiceBusEndpoint
from emulators.servicebus.topology import plan_of
from tests.support.http_get import Answer, get
from tests.support.service_bus_process import TOPOLOGY

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Page:
    def __init__(self, endpoint: ServiceBusEndpoint, client: ServiceBusClient) -> None:
        self.endpoint = endpoint
        self.client = client

    async def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        assert self.endpoint.http_url is not None
        return await get(self.endpoint.http_url + path, headers or {})

    async def overview(self, **parameters: str) -> Any:
        return json.loads((await self.get(f"{PREFIX}/overview?{urlencode(parameters)}")).body)

    async def entity(self, name: str, **parameters: str) -> Any:
        return json.loads((await self.get(f"{PREFIX}/entity?{urlencode({'name': name, **parameters})}")).body)

    async def send(self, queue: str, *messages: ServiceBusMessage) -> None:
        async with self.client.get_queue_sender(queue) as sender:
            await sender.send_messages(list(messages))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page() -> AsyncIterator[Page]:
    async with (
        ServiceBusEndpoint(plan_of(TOPOLOGY), http_port=0) as endpoint,
        ServiceBusClient.from_connection_string(endpoint.connection_string) as client,
    ):
        yield Page(endpoint, client)


async def test_it_counts_every_entity_and_names_its_kind(page: Page) -> None:
    shown = await page.overview()

    kinds = {row["name"]: row["kind"] for row in shown["entities"]}
    assert kinds == {
        "instances": "queue",
        "news": "topic",
        "news/Subscriptions/daily": "subscription",
        "once": "queue",
        "orders": "queue",
    }
    assert shown["connection_string"] == page.endpoint.connection_string


async def test_a_filter_leaves_what_has_it_in_its_name(page: Page) -> None:
    shown = await page.overview(filter="NEW")

    assert [row["name"] for row in shown["entities"]] == ["news", "news/Subscriptions/daily"]
    assert (shown["matching"], shown["existing"]) == (2, 5)


async def test_a_message_is_shown_with_its_properties_and_body_and_stays_as_it_was(page: Page) -> None:
    message = ServiceBusMessage(
        b'{"a": 1}', message_id="m1", subject="s", application_properties={"region": "north", "not": float("nan")}
    )
    await page.send("orders", message)

    found = (await page.entity("orders", find="north"))["messages"]

    assert found[0]["system"] | {"message id": "m1", "subject": "s"} == found[0]["system"]
    assert found[0]["properties"] == {"region": "north", "not": "nan"}
    assert found[0]["body"] == {"format": "json", "text": '{\n  "a": 1\n}', "size": 8, "cut": False}
    assert (found[0]["state"], found[0]["deliveries"]) == ("active", 0)


async def test_a_search_finds_a_number_a_session_or_a_piece_of_the_body(page: Page) -> None:
    await page.send("instances", *(ServiceBusMessage(f"needle {n}", session_id=f"session-{n}") for n in range(3)))

    by_session = (await page.entity("instances", find="session-1"))["messages"]
    by_body = (await page.entity("instances", find="NEEDLE 2"))["messages"]
    by_number = (await page.entity("instances", find=str(by_body[0]["sequence"])))["messages"]

    assert [each["body"]["text"] for each in by_session] == ["needle 1"]
    assert by_body == by_number


async def test_a_dead_letter_is_shown_with_its_reason(page: Page) -> None:
    await page.send("once", ServiceBusMessage("bad"))
    async with page.client.get_queue_receiver("once") as receiver:
        [message] = await receiver.receive_messages(max_wait_time=5)
        await receiver.dead_letter_message(message, reason="NoSuchStreet", error_description="Main Street 0")

    found = (await page.entity("once", shelf="dead"))["messages"]

    assert [(each["reason"], each["why"], each["body"]["text"]) for each in found] == [
        ("NoSuchStreet", "Main Street 0", "bad")
    ]


async def test_a_locked_message_is_shown_with_the_end_of_its_lock(page: Page) -> None:
    await page.send("once", ServiceBusMessage("held"))
    async with page.client.get_queue_receiver("once") as receiver:
        [message] = await receiver.receive_messages(max_wait_time=5)
        until = message.locked_until_utc
        locked = (await page.entity("once", shelf="locked"))["messages"]
        await receiver.complete_message(message)

    assert until is not None
    assert [(each["state"], each["locked_until"]) for each in locked] == [("locked", round(until.timestamp() * 1000))]


async def test_a_scheduled_message_is_shown_with_the_time_when_it_is_due(page: Page) -> None:
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    async with page.client.get_queue_sender("orders") as sender:
        await sender.schedule_messages(ServiceBusMessage("later"), due)

    found = (await page.entity("orders", shelf="scheduled"))["messages"]

    assert [each["due_at"] for each in found] == [due.timestamp() * 1000]


async def test_a_session_is_shown_with_its_holder_its_lock_and_the_size_of_its_state(page: Page) -> None:
    await page.send("instances", ServiceBusMessage("x", session_id="held"))
    async with page.client.get_queue_receiver("instances", session_id="held") as receiver:
        await receiver.session.set_state("12345")
        held = (await page.entity("instances"))["sessions"][0]
        connections = (await page.overview())["connections"]

    assert (held["id"], held["state_bytes"], held["waiting"]) == ("held", 5, 1)
    assert held["locked_until"] > page.endpoint.hub.clock.now()
    links = [link for each in connections["some"] for link in each["links"] if link["session"] == "held"]
    assert [(link["role"], link["entity"]) for link in links] == [("receives from", "instances")]
    assert any(each["client"] and each["client"] in held["holder"] for each in connections["some"])


async def test_a_subscription_is_shown_with_its_rules(page: Page) -> None:
    shown = await page.entity("news/Subscriptions/daily")

    assert shown["rules"] == [{"name": "$Default", "filter": "1=1", "action": ""}]


@pytest.mark.parametrize("path", ["entity?name=none", "entity?name=orders&shelf=none"])
async def test_what_is_not_there_is_an_error_that_says_so(page: Page, path: str) -> None:
    answer = await page.get(f"{PREFIX}/{path}")

    assert answer.status in {400, 404}
    assert "none" in json.loads(answer.body)["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example:8672"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
async def test_a_foreign_web_site_gets_nothing(page: Page, headers: dict[str, str]) -> None:
    answer = await page.get(f"{PREFIX}/overview", headers)

    assert answer.status == 403
    assert b"SharedAccessKey" not in answer.body


async def test_the_page_lets_no_script_run_but_its_own(page: Page) -> None:
    answer = await page.get("/")

    assert answer.status == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]
