import asyncio
import gc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.servicebus import ServiceBusMessage, ServiceBusReceiveMode, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusSender
from azure.servicebus.exceptions import ServiceBusError

from tests.support.service_bus import Links, bodies
from tests.support.service_bus_process import EndpointProcess

DELETE: dict[str, Any] = {"receive_mode": ServiceBusReceiveMode.RECEIVE_AND_DELETE}
DEAD: dict[str, Any] = {"sub_queue": ServiceBusSubQueue.DEAD_LETTER}
BATCH = 20


async def send_until_it_fails(sender: ServiceBusSender, acknowledged: list[str], enough: asyncio.Event) -> None:
    number = 0
    while True:
        texts = [str(each) for each in range(number, number + BATCH)]
        try:
            await sender.send_messages([ServiceBusMessage(text, message_id=text) for text in texts], timeout=2)
        except ServiceBusError:
            return
        acknowledged.extend(texts)
        number += BATCH
        if number > 50 * BATCH:
            enough.set()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_whatever_was_acknowledged_is_there_after_a_kill_in_the_middle_of_sending(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    enough = asyncio.Event()
    with EndpointProcess(tmp_path) as first:
        async with Links(first.connection_string) as links:
            sender = await links.sender("orders")
            sending = asyncio.create_task(send_until_it_fails(sender, acknowledged, enough))
            await enough.wait()
            first.kill()
            await sending

    with EndpointProcess(tmp_path) as second:
        async with Links(second.connection_string) as links:
            found: list[str] = []
            while some := bodies(await links.receive("orders", len(acknowledged) + 2 * BATCH, **DELETE)):
                found += some

    # The SDK never closes the transport of a connection that broke; its warning belongs to this test and to no other.
    gc.collect()
    assert found[: len(acknowledged)] == acknowledged
    assert len(found) in {len(acknowledged), len(acknowledged) + BATCH}


async def test_every_kind_of_state_survives_a_kill(tmp_path: Path) -> None:
    with EndpointProcess(tmp_path) as first:
        async with Links(first.connection_string) as links:
            numbers = await leave_something_of_everything(links)
        first.kill()

    with EndpointProcess(tmp_path) as second:
        async with Links(second.connection_string) as links:
            await check_everything_is_there(links, numbers)


async def open_together(links: Links, senders: list[str]) -> None:
    receivers = [links.receiver("orders"), links.receiver("instances", session_id="s")]
    await asyncio.gather(*(links.sender(entity) for entity in senders), *receivers)


async def leave_something_of_everything(links: Links) -> dict[str, int]:
    await open_together(links, ["orders", "once", "news", "instances"])
    receiver = await links.receiver("orders")
    await links.send("orders", "deferred", "dead", "abandoned", "completed")
    deferred, dead, abandoned, completed = await links.receive("orders", 4)
    await receiver.defer_message(deferred)
    await receiver.dead_letter_message(dead, reason="why", error_description="because")
    await receiver.abandon_message(abandoned)
    await receiver.complete_message(completed)
    sender = await links.sender("orders")
    (scheduled,) = await sender.schedule_messages(ServiceBusMessage("timer"), datetime.now(UTC) + timedelta(hours=1))
    await links.send("once", ServiceBusMessage("original", message_id="id"))
    await links.send("news", "headline")
    await links.send("instances", ServiceBusMessage("locked", session_id="s"))
    await links.receive("instances", session_id="s")
    await (await links.receiver("instances", session_id="s")).session.set_state(b"state")
    return {"deferred": deferred.sequence_number or 0, "scheduled": scheduled}


async def check_everything_is_there(links: Links, numbers: dict[str, int]) -> None:
    await open_together(links, ["orders", "once"])
    (abandoned,) = await links.receive("orders", 5)
    assert (str(abandoned), abandoned.delivery_count) == ("abandoned", 1)
    receiver = await links.receiver("orders")
    assert bodies(await receiver.receive_deferred_messages(numbers["deferred"])) == ["deferred"]
    (dead,) = await links.receive("orders", **DEAD)
    assert (str(dead), dead.dead_letter_reason) == ("dead", "why")
    await (await links.sender("orders")).cancel_scheduled_messages(numbers["scheduled"])
    await links.send("once", ServiceBusMessage("repeated", message_id="id"))
    assert bodies(await links.receive("once", 2, **DELETE)) == ["original"]
    assert bodies(await links.receive("news/daily")) == ["headline"]
    assert bodies(await links.receive("instances", session_id="s")) == ["locked"]
    assert await (await links.receiver("instances", session_id="s")).session.get_state() == b"state"
    await links.send("orders", "new")
    (new,) = await links.receive("orders")
    assert (new.sequence_number or 0) > numbers["scheduled"]
