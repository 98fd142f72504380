from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.amqp import AmqpAnnotatedMessage, AmqpMessageProperties
from azure.servicebus.exceptions import ServiceBusError

from tests.support.hurried_sdk import hurry_sdk
from tests.support.service_bus import WAIT, Bus, namespace

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bus() -> AsyncIterator[Bus]:
    plan = namespace(
        {
            "lives-an-hour": {"DefaultMessageTimeToLive": "PT1H"},
            "plain": {},
            "resent": {},
            "sessions": {"RequiresSession": True},
        },
        {"news": ["daily"]},
    )
    with pytest.MonkeyPatch.context() as patch:
        hurry_sdk(patch)
        async with Bus(plan) as bus:
            yield bus


async def test_a_message_lives_no_longer_than_its_queue_allows(bus: Bus) -> None:
    spans = (None, timedelta(minutes=1), timedelta(days=1))
    await bus.send("lives-an-hour", *(ServiceBusMessage("x", time_to_live=span) for span in spans))

    received = await bus.receive("lives-an-hour", 3)

    hour = timedelta(hours=1)
    assert [message.time_to_live for message in received] == [hour, timedelta(minutes=1), hour]
    assert all(message.expires_at_utc is not None for message in received)


async def test_a_subscription_tells_the_number_that_a_message_had_in_its_topic(bus: Bus) -> None:
    await bus.send("news", *"abc")

    received = await bus.receive("news/daily", 3)

    numbers = [message.enqueued_sequence_number or 0 for message in received]
    assert [number - numbers[0] for number in numbers] == [0, 1, 2]
    assert numbers[0] > 0


async def test_the_keys_of_partitions_travel_with_the_message(bus: Bus) -> None:
    annotations = {"x-opt-partition-key": "p", "x-opt-via-partition-key": "v", "mine": 7}
    message = AmqpAnnotatedMessage(data_body=[b"x"], annotations=annotations)
    await (await bus.sender("plain")).send_messages(message)

    (received,) = await bus.receive("plain")

    assert received.partition_key == "p"
    assert received.raw_amqp_message.annotations is not None
    kept = {key: received.raw_amqp_message.annotations.get(key) for key in (b"x-opt-via-partition-key", b"mine")}
    assert kept == {b"x-opt-via-partition-key": b"v", b"mine": 7}


async def test_a_partition_key_that_is_not_the_session_is_refused(bus: Bus) -> None:
    properties = AmqpMessageProperties(group_id="session")
    message = AmqpAnnotatedMessage(data_body=[b"x"], annotations={"x-opt-partition-key": "p"}, properties=properties)

    with pytest.raises(ServiceBusError, match="PartitionKey 'p' is not the SessionId 'session'"):
        await (await bus.sender("sessions")).send_messages(message)


async def test_what_the_broker_said_of_a_message_is_not_kept_when_that_is_sent_on(bus: Bus) -> None:
    annotations = {"x-opt-deadletter-source": "forged", "x-opt-sequence-number": 99, "x-opt-message-state": 2}
    message = AmqpAnnotatedMessage(data_body=[b"x"], annotations=annotations)
    await (await bus.sender("resent")).send_messages(message)
    receiver = await bus.receiver("resent")

    (received,) = await receiver.receive_messages(1, max_wait_time=WAIT)

    assert (received.dead_letter_source, received.sequence_number, received.state.value) == (None, 1, 0)


async def test_a_dead_letter_keeps_its_number_and_tells_no_source_in_its_own_queue(bus: Bus) -> None:
    await bus.send("plain", "dead")
    receiver = await bus.receiver("plain")
    (message,) = await receiver.receive_messages(1, max_wait_time=WAIT)
    await receiver.dead_letter_message(message, reason="Late")

    (dead,) = await bus.receive("plain", sub_queue=ServiceBusSubQueue.DEAD_LETTER)

    assert dead.sequence_number == message.sequence_number
    assert (dead.dead_letter_reason, dead.dead_letter_source) == ("Late", None)
    assert dead.enqueued_time_utc == message.enqueued_time_utc
