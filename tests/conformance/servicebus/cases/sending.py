"""Getting messages into a queue or topic."""

from datetime import timedelta
from typing import Any

import pytest
from azure.servicebus import ServiceBusMessage, ServiceBusMessageBatch
from azure.servicebus.amqp import AmqpAnnotatedMessage, AmqpMessageProperties
from azure.servicebus.exceptions import MessageSizeExceededError, ServiceBusError

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus, bodies
from tests.conformance.servicebus.entities import queue, topic

sending = Area("sending", "Message transfers, locks, and settlement", "aio")

STANDARD_LIMIT = 256 * 1024
LARGER_THAN_ANY_FRAME = "x" * 200_000


def _message(**properties: Any) -> AmqpAnnotatedMessage:
    """A message that the SDK does not look at before it is sent."""
    return AmqpAnnotatedMessage(data_body=b"one", properties=AmqpMessageProperties(**properties))


@sending.case(queue())
async def a_single_message_is_received_once(bus: Bus, orders: str) -> None:
    sender = await bus.sender(orders)

    await sender.send_messages(ServiceBusMessage("one"))

    assert await bus.complete_all(orders, 1) == ["one"]
    assert await bus.peek(orders) == []


@sending.case(queue())
async def a_list_is_received_in_its_order(bus: Bus, orders: str) -> None:
    await bus.send(orders, *(str(number) for number in range(20)))

    assert bodies(await bus.receive(orders, 20)) == [str(number) for number in range(20)]


@sending.case(queue())
async def a_batch_is_received_in_its_order(bus: Bus, orders: str) -> None:
    sender = await bus.sender(orders)
    batch = await sender.create_message_batch()
    for number in range(20):
        batch.add_message(ServiceBusMessage(str(number)))

    await sender.send_messages(batch)

    assert bodies(await bus.receive(orders, 20)) == [str(number) for number in range(20)]


@sending.case(queue())
async def messages_sent_one_after_another_are_received_in_that_order(bus: Bus, orders: str) -> None:
    for number in range(5):
        await bus.send(orders, str(number))

    assert bodies(await bus.receive(orders, 5)) == ["0", "1", "2", "3", "4"]


@sending.case(queue(), documented="Azure Service Bus client library for Python")
async def dictionaries_are_sent_like_messages(bus: Bus, orders: str) -> None:
    sender = await bus.sender(orders)

    await sender.send_messages({"body": "one", "subject": "s"})
    (message,) = await bus.receive(orders)

    assert (str(message), message.subject) == ("one", "s")


@sending.case(queue(), documented="Azure Service Bus client library for Python")
async def sending_nothing_sends_nothing(bus: Bus, orders: str) -> None:
    sender = await bus.sender(orders)

    await sender.send_messages([])
    await sender.send_messages(ServiceBusMessageBatch())

    assert await bus.peek(orders) == []


@sending.case(queue(), documented="Service Bus quotas")
async def a_message_of_several_frames_arrives_whole(bus: Bus, orders: str) -> None:
    await bus.send(orders, LARGER_THAN_ANY_FRAME)

    assert await bus.complete_all(orders, 1) == [LARGER_THAN_ANY_FRAME]


@sending.case(queue(), documented="Service Bus quotas")
async def a_message_over_256_kilobytes_is_refused(bus: Bus, orders: str) -> None:
    """A message of more than 256 KB is refused in the tier Standard."""
    with pytest.raises(MessageSizeExceededError):
        await bus.send(orders, "x" * STANDARD_LIMIT)


@sending.case(queue(), documented="Service Bus quotas")
async def a_sender_lives_on_after_a_message_that_was_too_large(bus: Bus, orders: str) -> None:
    with pytest.raises(MessageSizeExceededError):
        await bus.send(orders, "x" * STANDARD_LIMIT)

    await bus.send(orders, "one")

    assert await bus.complete_all(orders, 1) == ["one"]


@sending.case(queue(), documented="Service Bus quotas")
async def a_list_over_256_kilobytes_is_refused_as_a_whole(bus: Bus, orders: str) -> None:
    """A list of messages that are together larger than 256 KB is refused as a whole in the tier Standard."""
    half = "x" * (STANDARD_LIMIT // 2)

    with pytest.raises(MessageSizeExceededError):
        await bus.send(orders, half, half)

    assert await bus.peek(orders) == []


@sending.case(queue(), documented="Azure Service Bus client library for Python")
async def a_batch_says_when_it_is_full(bus: Bus, orders: str) -> None:
    sender = await bus.sender(orders)
    batch = await sender.create_message_batch()
    batch.add_message(ServiceBusMessage("x" * 200_000))

    with pytest.raises(MessageSizeExceededError):
        batch.add_message(ServiceBusMessage("x" * 100_000))

    assert len(batch) == 1
    await sender.send_messages(batch)


@sending.case(queue(), documented="Service Bus quotas")
async def the_limit_of_a_batch_is_that_of_the_link(bus: Bus, orders: str) -> None:
    """A batch may be asked for that is smaller than the limit, but not one that is larger (tier Standard: 256 KB)."""
    sender = await bus.sender(orders)

    assert (await sender.create_message_batch()).max_size_in_bytes == STANDARD_LIMIT
    assert (await sender.create_message_batch(1000)).max_size_in_bytes == 1000
    with pytest.raises(ValueError, match="too large"):
        await sender.create_message_batch(2 * STANDARD_LIMIT)


@sending.case(queue(), documented="Messages, payloads, and serialization")
async def a_received_message_can_be_sent_again(bus: Bus, orders: str) -> None:
    await bus.send(orders, ServiceBusMessage("one", application_properties={"key": "value"}))
    first = await bus.receive_one(orders)
    await (await bus.receiver(orders)).complete_message(first)

    await (await bus.sender(orders)).send_messages(first)
    second = await bus.receive_one(orders)

    assert str(second) == "one"
    assert second.application_properties == {b"key": b"value"}
    assert second.sequence_number != first.sequence_number


@sending.case(queue(), documented="Message sequencing and timestamps")
async def every_message_gets_a_higher_number_than_the_one_before(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one", "two")
    await bus.send(orders, "three")

    numbers = [message.sequence_number or 0 for message in await bus.receive(orders, 3)]

    assert numbers == list(range(numbers[0], numbers[0] + 3))


@sending.case(queue(), documented="Message sequencing and timestamps")
async def a_message_knows_when_it_was_enqueued(bus: Bus, orders: str) -> None:
    before = bus.now()

    await bus.send(orders, "one")
    message = await bus.receive_one(orders)

    assert message.enqueued_time_utc is not None
    assert abs(message.enqueued_time_utc - before) < timedelta(minutes=2)


@sending.case(queue(), documented="Service Bus quotas")
async def a_message_id_may_have_128_characters(bus: Bus, orders: str) -> None:
    await bus.send(orders, ServiceBusMessage("one", message_id="m" * 128))

    assert (await bus.receive_one(orders)).message_id == "m" * 128


@sending.case(queue(), documented="Service Bus quotas")
async def a_message_id_of_more_than_128_characters_is_refused(bus: Bus, orders: str) -> None:
    with pytest.raises(ServiceBusError):
        await (await bus.sender(orders)).send_messages(_message(message_id="m" * 129))

    assert await bus.peek(orders) == []


@sending.case(queue(), documented="Service Bus quotas")
async def a_session_id_of_more_than_128_characters_is_refused(bus: Bus, orders: str) -> None:
    with pytest.raises(ServiceBusError):
        await (await bus.sender(orders)).send_messages(_message(group_id="s" * 129))


@sending.case(queue())
async def a_message_that_is_refused_takes_its_batch_along(bus: Bus, orders: str) -> None:
    """A batch with a message that is refused is refused as a whole."""
    with pytest.raises(ServiceBusError):
        await (await bus.sender(orders)).send_messages([_message(message_id="m"), _message(message_id="m" * 129)])

    assert await bus.peek(orders) == []


@sending.case(topic("first", "second"), documented="Service Bus queues, topics, and subscriptions")
async def a_topic_gives_a_copy_to_each_of_its_subscriptions(bus: Bus, news: str) -> None:
    await bus.send(news, "one", "two")

    assert await bus.complete_all(f"{news}/first", 2) == ["one", "two"]
    assert await bus.complete_all(f"{news}/second", 2) == ["one", "two"]


@sending.case(queue(), documented="Service Bus queues, topics, and subscriptions")
async def names_of_entities_are_compared_without_regard_to_case(bus: Bus, orders: str) -> None:
    await bus.send(orders.upper(), "one")

    assert await bus.complete_all(orders, 1) == ["one"]


@sending.case(queue(), documented="Azure Service Bus client library for Python")
async def two_senders_of_one_client_send_side_by_side(bus: Bus, orders: str) -> None:
    async with bus.new_sender(orders) as first, bus.new_sender(orders) as second:
        await first.send_messages(ServiceBusMessage("one"))
        await second.send_messages(ServiceBusMessage("two"))

    assert await bus.complete_all(orders, 2) == ["one", "two"]
