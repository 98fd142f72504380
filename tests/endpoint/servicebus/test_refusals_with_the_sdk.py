from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage
from azure.servicebus._pyamqp import utils
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import (
    ServiceBusAuthenticationError,
    ServiceBusError,
)

from emulators.servicebus.clock import SystemClock
from emulators.servicebus.wire.authorization import DEFAULT_KEY, DEFAULT_KEY_NAME
from tests.support.service_bus import Bus, Links, namespace

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bus() -> AsyncIterator[Bus]:
    async with Bus(namespace({"known": {}}, {"topic": ["subscription"]})) as bus:
        yield bus


@pytest.mark.parametrize("name", ["unknown", "topic/unknown"])
async def test_no_token_is_taken_for_a_receiver_of_an_unknown_entity(bus: Bus, name: str) -> None:
    """As in the vendor's own live tests: the token node refuses first, and the SDK keeps its reason to itself."""
    receiver = bus.new_receiver(name)

    with pytest.raises(ServiceBusAuthenticationError):
        await receiver.__aenter__()


async def test_no_token_is_taken_for_a_sender_to_an_unknown_entity(bus: Bus) -> None:
    sender = bus.new_sender("unknown")

    with pytest.raises(ServiceBusAuthenticationError):
        await sender.__aenter__()


def with_signature(bus: Bus, path: str) -> ServiceBusClient:
    """A client that knows no key, but one signature for one address."""
    sign: Any = utils.generate_sas_token
    signature = sign(f"sb://localhost/{path}", DEFAULT_KEY_NAME, DEFAULT_KEY, SystemClock().now() // 1000 + 3600)
    string = f"Endpoint=sb://localhost:{bus.endpoint.port};SharedAccessSignature={signature};"
    return ServiceBusClient.from_connection_string(f"{string}UseDevelopmentEmulator=true", retry_total=0)


async def test_a_signature_for_a_queue_opens_that_queue(bus: Bus) -> None:
    async with with_signature(bus, "known") as client, client.get_queue_sender("known") as sender:
        await sender.send_messages(ServiceBusMessage("by a signature"))


async def test_a_signature_for_a_topic_opens_its_subscriptions(bus: Bus) -> None:
    async with with_signature(bus, "topic") as client, client.get_subscription_receiver("topic", "subscription") as it:
        assert await it.peek_messages(1) == []


async def test_a_signature_for_one_queue_opens_no_other(bus: Bus) -> None:
    async with with_signature(bus, "other") as client:
        with pytest.raises(ServiceBusAuthenticationError):
            await client.get_queue_sender("known").__aenter__()


async def test_a_topic_can_not_be_received_from(bus: Bus) -> None:
    receiver = bus.new_receiver("topic")

    with pytest.raises(ServiceBusError, match="subscriptions"):
        await receiver.__aenter__()


@pytest.mark.parametrize(("part", "other"), [("local-development-key", "guessed"), ("RootManage", "Somebody")])
async def test_a_token_signed_with_another_key_is_refused(bus: Bus, part: str, other: str) -> None:
    foreign = bus.endpoint.connection_string.replace(part, other)

    async with Links(foreign) as links:
        with pytest.raises(ServiceBusAuthenticationError) as refused:
            await links.sender("known")

    assert "CBS Token authentication failed" in str(refused.value.inner_exception)
