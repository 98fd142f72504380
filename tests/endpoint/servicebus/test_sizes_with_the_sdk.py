from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage
from azure.servicebus.exceptions import MessageSizeExceededError, ServiceBusError

from emulators.servicebus.document import TopologyError
from emulators.servicebus.endpoint import ServiceBusEndpoint
from emulators.servicebus.wire.limits import BATCH_MESSAGES_MAX, KB, Tier
from tests.support.hurried_sdk import hurry_sdk
from tests.support.service_bus import Bus, Links, namespace

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAST = datetime(2020, 1, 1, tzinfo=UTC)
LARGE = 3 * 1024 * KB
PLAN = namespace(
    {
        "plain": {},
        "large": {"MaxMessageSizeInKilobytes": 4096},
        "sessions": {"RequiresSession": True},
        "many": {},
    }
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bus() -> AsyncIterator[Bus]:
    with pytest.MonkeyPatch.context() as patch:
        hurry_sdk(patch)
        async with Bus(PLAN) as bus:
            yield bus


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def premium(bus: Bus) -> AsyncIterator[Links]:
    async with ServiceBusEndpoint(PLAN, tier=Tier.PREMIUM) as endpoint, Links(endpoint.connection_string) as links:
        yield links


async def test_a_message_of_256_kb_is_too_large_for_a_standard_namespace(bus: Bus) -> None:
    sender = await bus.sender("plain")

    with pytest.raises(
        MessageSizeExceededError, match=r"exceeds the limit \(262144 bytes\) currently allowed on the link"
    ):
        await sender.send_messages(ServiceBusMessage(b"x" * 256 * KB))

    await sender.send_messages(ServiceBusMessage(b"x" * 255 * KB))


async def test_the_sdk_learns_how_large_a_batch_may_be(bus: Bus, premium: Links) -> None:
    sizes = [await (await links.sender("plain")).create_message_batch() for links in (bus, premium)]

    assert [batch.max_size_in_bytes for batch in sizes] == [256 * KB, 1024 * KB]


async def test_a_message_that_is_too_large_can_not_be_scheduled_either(bus: Bus) -> None:
    sender = await bus.sender("plain")

    with pytest.raises(ServiceBusError, match="exceeds the limit of 262144 bytes"):
        await sender.schedule_messages(ServiceBusMessage(b"x" * 256 * KB), PAST)


async def test_a_premium_namespace_takes_a_message_of_nearly_1_mb(premium: Links) -> None:
    await premium.send("plain", ServiceBusMessage(b"x" * 1000 * KB))

    (message,) = await premium.receive("plain")

    assert len(b"".join(message.body)) == 1000 * KB


async def test_an_entity_with_a_limit_of_its_own_takes_large_messages_and_small_batches(premium: Links) -> None:
    sender = await premium.sender("large")

    await sender.send_messages(ServiceBusMessage(b"x" * LARGE))
    (message,) = await premium.receive("large")

    assert len(b"".join(message.body)) == LARGE
    assert (await sender.create_message_batch()).max_size_in_bytes == 1024 * KB


async def test_a_batch_of_too_many_messages_is_answered_with_an_internal_error(premium: Links) -> None:
    sender = await premium.sender("many")
    batch = await sender.create_message_batch()
    for _ in range(BATCH_MESSAGES_MAX + 1):
        batch.add_message(ServiceBusMessage(b"x"))

    with pytest.raises(ServiceBusError, match="unable to process the request"):
        await sender.send_messages(batch)


async def test_a_session_state_is_as_large_as_a_message_at_most(bus: Bus) -> None:
    receiver = await bus.receiver("sessions", session_id="s")

    with pytest.raises(MessageSizeExceededError, match="state"):
        await receiver.session.set_state(b"x" * (256 * KB + 1))

    await receiver.session.set_state(b"x" * 256 * KB)


@pytest.mark.parametrize("kilobytes", [1023, 102_401])
async def test_a_topology_can_not_promise_other_sizes(kilobytes: int) -> None:
    with pytest.raises(TopologyError, match="MaxMessageSizeInKilobytes"):
        namespace({"q": {"MaxMessageSizeInKilobytes": kilobytes}})
