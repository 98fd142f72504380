"""Messages with an appointment."""

from datetime import timedelta

import pytest
from azure.servicebus import ServiceBusMessage, ServiceBusMessageState
from azure.servicebus.exceptions import ServiceBusError

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus, bodies
from tests.conformance.servicebus.entities import queue, topic

scheduling = Area("scheduling", "Message sequencing and timestamps", "aio")


@scheduling.case(queue(), waits=12)
async def a_scheduled_message_arrives_when_it_is_due(bus: Bus, orders: str) -> None:
    sender = await bus.sender(orders)
    await sender.schedule_messages(ServiceBusMessage("one"), bus.later(10))
    assert await bus.is_silent(orders)

    await bus.pass_time(12)

    assert str(await bus.receive_one(orders)) == "one"


@scheduling.case(queue(), waits=12)
async def an_ordinary_send_can_schedule_too(bus: Bus, orders: str) -> None:
    """A message that says when it shall be enqueued is scheduled by an ordinary send."""
    await bus.send(orders, ServiceBusMessage("one", scheduled_enqueue_time_utc=bus.later(10)))
    assert await bus.is_silent(orders)

    await bus.pass_time(12)

    assert str(await bus.receive_one(orders)) == "one"


@scheduling.case(queue(), waits=12)
async def a_message_that_becomes_due_gets_a_new_number(bus: Bus, orders: str) -> None:
    sender = await bus.sender(orders)
    (number,) = await sender.schedule_messages(ServiceBusMessage("one"), bus.later(10))
    await bus.send(orders, "two")

    await bus.pass_time(12)
    received = {str(message): message.sequence_number or 0 for message in await bus.receive(orders, 2)}

    assert received["one"] > received["two"] > number


@scheduling.case(queue(), waits=12)
async def a_message_that_becomes_due_is_enqueued_then(bus: Bus, orders: str) -> None:
    """The enqueued time of a scheduled message is not before the time it was scheduled for."""
    sender = await bus.sender(orders)
    due = bus.later(10).replace(microsecond=0)
    await sender.schedule_messages(ServiceBusMessage("one"), due)

    await bus.pass_time(12)
    message = await bus.receive_one(orders)

    assert message.scheduled_enqueue_time_utc == due
    assert message.enqueued_time_utc is not None
    assert message.enqueued_time_utc >= due


@scheduling.case(queue(), waits=12)
async def messages_scheduled_for_later_and_sooner_come_in_that_order(bus: Bus, orders: str) -> None:
    """What is due sooner comes first, whatever was scheduled first."""
    sender = await bus.sender(orders)
    await sender.schedule_messages(ServiceBusMessage("later"), bus.later(9))
    await sender.schedule_messages(ServiceBusMessage("sooner"), bus.later(5))

    await bus.pass_time(12)

    assert bodies(await bus.receive(orders, 2)) == ["sooner", "later"]


@scheduling.case(queue())
async def a_time_in_the_past_means_at_once(bus: Bus, orders: str) -> None:
    sender = await bus.sender(orders)

    await sender.schedule_messages(ServiceBusMessage("one"), bus.now() - timedelta(minutes=1))

    assert str(await bus.receive_one(orders)) == "one"


@scheduling.case(queue())
async def many_messages_are_scheduled_together_each_with_its_number(bus: Bus, orders: str) -> None:
    sender = await bus.sender(orders)

    numbers = await sender.schedule_messages([ServiceBusMessage(text) for text in ("one", "two")], bus.later(3600))

    peeked = {message.sequence_number: str(message) for message in await bus.peek(orders)}
    assert [peeked[number] for number in numbers] == ["one", "two"]


@scheduling.case(queue(), documented="Message browsing")
async def a_scheduled_message_is_seen_by_peek(bus: Bus, orders: str) -> None:
    sender = await bus.sender(orders)
    due = bus.later(3600).replace(microsecond=0)
    (number,) = await sender.schedule_messages(ServiceBusMessage("one"), due)

    (message,) = await bus.peek(orders)

    assert (message.sequence_number, message.state) == (number, ServiceBusMessageState.SCHEDULED)
    assert message.scheduled_enqueue_time_utc == due


@scheduling.case(queue(), waits=12)
async def a_cancelled_message_never_arrives(bus: Bus, orders: str) -> None:
    sender = await bus.sender(orders)
    numbers = await sender.schedule_messages(ServiceBusMessage("one"), bus.later(10))

    await sender.cancel_scheduled_messages(numbers)

    assert await bus.peek(orders) == []
    await bus.pass_time(12)
    assert await bus.is_silent(orders)


@scheduling.case(queue())
async def one_of_many_scheduled_messages_can_be_cancelled(bus: Bus, orders: str) -> None:
    sender = await bus.sender(orders)
    numbers = await sender.schedule_messages([ServiceBusMessage(text) for text in ("one", "two")], bus.later(3600))

    await sender.cancel_scheduled_messages(numbers[0])

    assert bodies(await bus.peek(orders)) == ["two"]


@scheduling.case(queue())
async def a_message_can_be_cancelled_once(bus: Bus, orders: str) -> None:
    sender = await bus.sender(orders)
    numbers = await sender.schedule_messages(ServiceBusMessage("one"), bus.later(3600))
    await sender.cancel_scheduled_messages(numbers)

    with pytest.raises(ServiceBusError):
        await sender.cancel_scheduled_messages(numbers)


@scheduling.case(queue(), waits=12)
async def a_message_that_has_become_due_can_not_be_cancelled(bus: Bus, orders: str) -> None:
    """A message that has become due can't be cancelled any more."""
    sender = await bus.sender(orders)
    numbers = await sender.schedule_messages(ServiceBusMessage("one"), bus.later(10))
    await bus.pass_time(12)
    await bus.receive_one(orders)

    with pytest.raises(ServiceBusError):
        await sender.cancel_scheduled_messages(numbers)


@scheduling.case(queue(), documented="Azure Service Bus client library for Python")
async def scheduling_and_cancelling_nothing_does_nothing(bus: Bus, orders: str) -> None:
    sender = await bus.sender(orders)

    assert await sender.schedule_messages([], bus.later(10)) == []
    await sender.cancel_scheduled_messages([])


@scheduling.case(topic("first"), waits=12)
async def a_message_scheduled_for_a_topic_reaches_subscriptions_when_it_is_due(bus: Bus, news: str) -> None:
    sender = await bus.sender(news)
    await sender.schedule_messages(ServiceBusMessage("one"), bus.later(10))
    assert await bus.peek(f"{news}/first") == []

    await bus.pass_time(12)

    assert str(await bus.receive_one(f"{news}/first")) == "one"


@scheduling.case(queue(requires_session=True), waits=12)
async def a_scheduled_message_joins_its_session_when_it_is_due(bus: Bus, orders: str) -> None:
    sender = await bus.sender(orders)
    await sender.schedule_messages(ServiceBusMessage("one", session_id="a"), bus.later(10))

    await bus.pass_time(12)

    assert str(await bus.receive_one(orders, session_id="a")) == "one"


@scheduling.case(queue(), waits=16, documented="Message expiration (Time to Live)")
async def the_time_to_live_of_a_scheduled_message_begins_when_it_is_due(bus: Bus, orders: str) -> None:
    sender = await bus.sender(orders)
    message = ServiceBusMessage("one", time_to_live=timedelta(seconds=8))
    await sender.schedule_messages(message, bus.later(10))

    await bus.pass_time(12)
    assert bodies(await bus.peek(orders)) == ["one"]

    await bus.pass_time(4)
    assert str(await bus.receive_one(orders)) == "one"
