from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from azure.servicebus.exceptions import MessagingEntityNotFoundError, ServiceBusAuthenticationError, ServiceBusError

from tests.support.service_bus import Bus, Links, namespace

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bus() -> AsyncIterator[Bus]:
    async with Bus(namespace({"known": {}}, {"topic": ["subscription"]})) as bus:
        yield bus


@pytest.mark.parametrize("name", ["unknown", "topic/unknown"])
async def test_a_receiver_of_an_unknown_entity_is_told_so(bus: Bus, name: str) -> None:
    receiver = bus.new_receiver(name)

    with pytest.raises(MessagingEntityNotFoundError, match="unknown"):
        await receiver.__aenter__()


async def test_a_sender_to_an_unknown_entity_is_told_so(bus: Bus) -> None:
    sender = bus.new_sender("unknown")

    with pytest.raises(MessagingEntityNotFoundError):
        await sender.__aenter__()


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

    assert "401" in str(refused.value.inner_exception)
