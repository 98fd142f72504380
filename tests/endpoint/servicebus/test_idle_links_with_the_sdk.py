import asyncio
from datetime import timedelta

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from emulators.servicebus.clock import ManualClock
from emulators.servicebus.endpoint import ServiceBusEndpoint
from tests.support.hurried_sdk import hurry_sdk
from tests.support.service_bus import BRIEFLY, WAIT, bodies, namespace

ELEVEN_MINUTES = timedelta(minutes=11)


async def test_a_sender_that_was_detached_for_being_idle_sends_again(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry_sdk(monkeypatch)
    clock = ManualClock()
    async with ServiceBusEndpoint(namespace({"q": {}}), clock=clock, detach_idle=True) as endpoint:
        client = ServiceBusClient.from_connection_string(endpoint.connection_string, retry_backoff_factor=0.01)
        async with client, client.get_queue_sender("q") as sender:
            await sender.send_messages(ServiceBusMessage("before"))
            clock.advance(ELEVEN_MINUTES)
            await sender.send_messages(ServiceBusMessage("after"))

        assert endpoint.counts()["q"].active == 2


async def test_a_receiver_that_waits_is_not_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry_sdk(monkeypatch)
    clock = ManualClock()
    async with ServiceBusEndpoint(namespace({"q": {}}), clock=clock, detach_idle=True) as endpoint:
        client = ServiceBusClient.from_connection_string(endpoint.connection_string, retry_total=0)
        async with client, client.get_queue_receiver("q") as receiver:
            waiting = asyncio.create_task(receiver.receive_messages(1, max_wait_time=WAIT))
            await asyncio.sleep(BRIEFLY)
            clock.advance(ELEVEN_MINUTES)
            async with client.get_queue_sender("q") as sender:
                await sender.send_messages(ServiceBusMessage("late"))

            assert bodies(await waiting) == ["late"]
