"""Messages that go on to another entity by themselves."""

import pytest
from azure.servicebus import ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.exceptions import ServiceBusError

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus, bodies
from tests.conformance.servicebus.entities import queue, subscription, topic

forwarding = Area("forwarding", "Chaining Service Bus entities with autoforwarding", "aio")

DEAD = ServiceBusSubQueue.DEAD_LETTER
UNDELIVERED = ServiceBusSubQueue.TRANSFER_DEAD_LETTER
PAYLOADS = "Messages, payloads, and serialization"


@forwarding.case(queue(forward_to=1), queue())
async def a_message_sent_to_a_queue_that_forwards_is_in_the_other(bus: Bus, first: str, last: str) -> None:
    await bus.send(first, "one", "two")

    assert bodies(await bus.receive(last, 2)) == ["one", "two"]


@forwarding.case(queue(forward_to=1), queue())
async def a_forwarded_message_keeps_body_and_properties(bus: Bus, first: str, last: str) -> None:
    await bus.send(first, ServiceBusMessage("one", message_id="m", subject="s", application_properties={"k": "v"}))

    message = await bus.receive_one(last)

    assert (str(message), message.message_id, message.subject) == ("one", "m", "s")
    assert message.application_properties == {b"k": b"v"}


@forwarding.case(queue(forward_to=1), queue(), documented=PAYLOADS)
async def a_forwarded_message_knows_its_first_number(bus: Bus, first: str, last: str) -> None:
    """A forwarded message has a number in its last queue, and knows the one it was first given."""
    await bus.send(last, "before")
    await bus.send(first, "one")

    before, message = await bus.receive(last, 2)

    assert (message.sequence_number or 0) > (before.sequence_number or 0)
    assert message.enqueued_sequence_number == 1


@forwarding.case(queue(forward_to=1), queue())
async def a_queue_that_forwards_can_not_be_received_from(bus: Bus, first: str, last: str) -> None:
    """A queue that forwards can't be received from."""
    with pytest.raises(ServiceBusError):
        async with bus.new_receiver(first):
            pass


@forwarding.case(topic(on=subscription(forward_to=1), stays=subscription()), queue())
async def a_subscription_forwards_to_a_queue(bus: Bus, news: str, last: str) -> None:
    await bus.send(news, "one")

    assert str(await bus.receive_one(last)) == "one"
    assert bodies(await bus.peek(f"{news}/stays")) == ["one"]


@forwarding.case(topic(on=subscription("a = 1", forward_to=1)), queue())
async def a_subscription_forwards_what_passes_its_rules(bus: Bus, news: str, last: str) -> None:
    await bus.send(news, "no", ServiceBusMessage("yes", application_properties={"a": 1}))

    assert str(await bus.receive_one(last)) == "yes"
    assert len(await bus.peek(last)) == 1


@forwarding.case(queue(forward_to=1), topic("first"))
async def a_queue_forwards_to_a_topic(bus: Bus, first: str, news: str) -> None:
    await bus.send(first, "one")

    assert str(await bus.receive_one(f"{news}/first")) == "one"


@forwarding.case(queue(forward_to=1), queue(forward_to=2), queue(forward_to=3), queue())
async def messages_go_through_a_chain_of_queues(bus: Bus, first: str, _: str, __: str, last: str) -> None:
    """Messages go through a chain of three hops."""
    await bus.send(first, "one")

    assert str(await bus.receive_one(last)) == "one"


@forwarding.case(
    queue(forward_to=1), queue(forward_to=2), queue(forward_to=3), queue(forward_to=4), queue(forward_to=5), queue()
)
async def a_message_is_forwarded_four_times_at_most(bus: Bus, *queues: str) -> None:
    await bus.send(queues[0], "one")

    async def is_set_aside() -> bool:
        return bool(await bus.peek(queues[4], sub_queue=UNDELIVERED) or await bus.peek(queues[4], sub_queue=DEAD))

    assert await bus.eventually(is_set_aside)
    assert await bus.peek(queues[5]) == []


@forwarding.case(queue(forward_dead_lettered_messages_to=1), queue())
async def dead_letters_are_forwarded_with_their_reason(bus: Bus, orders: str, dead: str) -> None:
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)

    await receiver.dead_letter_message(await bus.receive_one(orders), reason="bad", error_description="very bad")

    message = await bus.receive_one(dead)
    assert (message.dead_letter_reason, message.dead_letter_error_description) == ("bad", "very bad")


@forwarding.case(queue(forward_dead_lettered_messages_to=1), queue(), documented=PAYLOADS)
async def a_forwarded_dead_letter_knows_its_source(bus: Bus, orders: str, dead: str) -> None:
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)
    await receiver.dead_letter_message(await bus.receive_one(orders))

    message = await bus.receive_one(dead)

    assert (message.dead_letter_source or "").lower() == orders.lower()


@forwarding.case(queue(forward_dead_lettered_messages_to=1, max_delivery_count=1), queue())
async def a_message_delivered_too_often_is_forwarded_as_a_dead_letter(bus: Bus, orders: str, dead: str) -> None:
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)

    await receiver.abandon_message(await bus.receive_one(orders))

    assert (await bus.receive_one(dead)).dead_letter_reason == "MaxDeliveryCountExceeded"


@forwarding.case(queue(forward_to=1), queue(requires_session=True))
async def a_message_that_its_destination_refuses_is_set_aside_at_its_source(bus: Bus, first: str, last: str) -> None:
    await bus.send(first, "without a session")

    async def is_set_aside() -> bool:
        return bool(await bus.peek(first, sub_queue=UNDELIVERED) or await bus.peek(first, sub_queue=DEAD))

    assert await bus.eventually(is_set_aside)
    assert await bus.peek(last, session_id="a") == []


@forwarding.case(queue(forward_to=1), queue())
async def a_forwarded_message_is_delivered_as_if_for_the_first_time(bus: Bus, first: str, last: str) -> None:
    """A forwarded message has no deliveries counted."""
    await bus.send(first, "one")

    assert (await bus.receive_one(last)).delivery_count == 0
