"""Looking at messages without touching them."""

import pytest
from azure.servicebus import ServiceBusMessage, ServiceBusMessageState, ServiceBusSubQueue

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus, bodies
from tests.conformance.servicebus.entities import queue, topic

peeking = Area("peeking", "Message browsing", "aio")


@peeking.case(queue())
async def a_peeked_message_is_still_there(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")

    assert bodies(await bus.peek(orders)) == ["one"]

    assert (await bus.receive_one(orders)).delivery_count == 0


@peeking.case(queue())
async def an_empty_queue_gives_nothing_to_peek(bus: Bus, orders: str) -> None:
    assert await bus.peek(orders) == []


@peeking.case(queue())
async def peek_shows_locked_messages_too(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one", "two")
    await bus.receive_one(orders)

    assert bodies(await bus.peek(orders)) == ["one", "two"]


@peeking.case(queue())
async def peek_tells_the_state_of_each_message(bus: Bus, orders: str) -> None:
    """Peek tells whether a message is active, deferred or scheduled."""
    receiver, sender = await bus.receiver(orders), await bus.sender(orders)
    await bus.send(orders, "deferred", "active")
    await receiver.defer_message(await bus.receive_one(orders))
    await sender.schedule_messages(ServiceBusMessage("scheduled"), bus.later(3600))

    states = {str(message): message.state for message in await bus.peek(orders)}

    assert states == {
        "deferred": ServiceBusMessageState.DEFERRED,
        "active": ServiceBusMessageState.ACTIVE,
        "scheduled": ServiceBusMessageState.SCHEDULED,
    }


@peeking.case(queue())
async def peek_goes_by_number(bus: Bus, orders: str) -> None:
    """Peek shows messages in the order of their numbers, not in that of their delivery."""
    await bus.send(orders, "one", "two", "three")
    receiver = await bus.receiver(orders)
    one, *_ = await bus.receive(orders, 3)
    await receiver.abandon_message(one)

    assert bodies(await bus.peek(orders)) == ["one", "two", "three"]


@peeking.case(queue())
async def peek_goes_on_where_it_ended(bus: Bus, orders: str) -> None:
    """Peeks of one receiver go on where the last one ended."""
    await bus.send(orders, "one", "two", "three")
    receiver = await bus.receiver(orders)

    first = await receiver.peek_messages(2)
    second = await receiver.peek_messages(2)

    assert (bodies(first), bodies(second)) == (["one", "two"], ["three"])


@peeking.case(queue())
async def peek_starts_at_a_number(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one", "two", "three")
    receiver = await bus.receiver(orders)
    numbers = [message.sequence_number for message in await bus.peek(orders)]

    assert bodies(await receiver.peek_messages(5, sequence_number=numbers[1] or 0)) == ["two", "three"]


@peeking.case(queue())
async def a_peeked_message_can_not_be_settled(bus: Bus, orders: str) -> None:
    """A peeked message has no lock and can't be settled."""
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)
    (message,) = await bus.peek(orders)

    assert (message.lock_token, message.locked_until_utc) == (None, None)
    with pytest.raises(ValueError, match="not supported"):
        await receiver.complete_message(message)


@peeking.case(queue())
async def peek_gives_at_most_as_many_as_were_asked_for(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one", "two", "three")

    assert bodies(await bus.peek(orders, 2)) == ["one", "two"]


@peeking.case(queue())
async def a_peeked_message_has_its_properties(bus: Bus, orders: str) -> None:
    sent = ServiceBusMessage("one", message_id="m", subject="s", application_properties={"key": "value"})
    await bus.send(orders, sent)

    (message,) = await bus.peek(orders)

    assert (message.message_id, message.subject) == ("m", "s")
    assert message.application_properties == {b"key": b"value"}
    assert message.enqueued_time_utc is not None


@peeking.case(queue())
async def the_dead_letter_queue_can_be_peeked(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)
    await receiver.dead_letter_message(await bus.receive_one(orders), reason="bad")

    (dead,) = await bus.peek(orders, sub_queue=ServiceBusSubQueue.DEAD_LETTER)

    assert (str(dead), dead.dead_letter_reason) == ("one", "bad")


@peeking.case(topic("first", "second"))
async def a_subscription_can_be_peeked(bus: Bus, news: str) -> None:
    await bus.send(news, "one")
    await bus.complete_all(f"{news}/second", 1)

    assert bodies(await bus.peek(f"{news}/first")) == ["one"]
    assert await bus.peek(f"{news}/second") == []


@peeking.case(queue(requires_session=True))
async def a_receiver_of_a_session_peeks_into_its_session_alone(bus: Bus, orders: str) -> None:
    await bus.send(orders, *(ServiceBusMessage(name, session_id=name) for name in ("a", "b", "a")))

    assert bodies(await bus.peek(orders, session_id="a")) == ["a", "a"]
