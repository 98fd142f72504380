"""What a receiver does with a message it has locked, and where the message is then."""

from typing import Any

import pytest
from azure.servicebus import ServiceBusReceivedMessage, ServiceBusSubQueue
from azure.servicebus.exceptions import MessageAlreadySettled

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus, bodies, receive
from tests.conformance.servicebus.entities import queue, topic

settling = Area("settling", "Message transfers, locks, and settlement", "aio")

DEAD = ServiceBusSubQueue.DEAD_LETTER


@settling.case(queue())
async def a_completed_message_is_gone(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")

    assert await bus.complete_all(orders, 1) == ["one"]

    assert await bus.peek(orders) == []
    assert await bus.is_silent(orders)


@settling.case(queue())
async def an_abandoned_message_is_delivered_again_with_one_more_delivery_counted(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)
    first = await bus.receive_one(orders)

    await receiver.abandon_message(first)
    second = await bus.receive_one(orders)

    assert (first.delivery_count, second.delivery_count) == (0, 1)


@settling.case(queue(), documented="Message sequencing and timestamps")
async def an_abandoned_message_keeps_its_number_and_time(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)
    first = await bus.receive_one(orders)

    await receiver.abandon_message(first)
    second = await bus.receive_one(orders)

    assert (second.sequence_number, second.enqueued_time_utc) == (first.sequence_number, first.enqueued_time_utc)
    assert second.lock_token != first.lock_token


@settling.case(queue())
async def an_abandoned_message_comes_before_those_sent_after_it(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one", "two", "three")
    receiver = await bus.receiver(orders)

    await receiver.abandon_message(await bus.receive_one(orders))

    assert bodies(await bus.receive(orders, 3)) == ["one", "two", "three"]


@settling.case(queue())
async def messages_abandoned_out_of_order_come_back_in_order(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one", "two", "three")
    receiver = await bus.receiver(orders)
    one, two, three = await bus.receive(orders, 3)

    for message in (two, three, one):
        await receiver.abandon_message(message)

    assert bodies(await bus.receive(orders, 3)) == ["one", "two", "three"]


@settling.case(queue())
async def an_abandoned_message_may_go_to_another_receiver(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)

    await receiver.abandon_message(await bus.receive_one(orders))

    async with bus.new_receiver(orders) as other:
        assert bodies(await receive(other, 1, bus.wait)) == ["one"]


@settling.case(queue(max_delivery_count=2), documented="Overview of Service Bus dead-letter queues")
async def a_message_that_was_delivered_too_often_is_in_the_dead_letter_queue(bus: Bus, orders: str) -> None:
    """A message that was abandoned as often as the queue allows is in the dead-letter queue, with the reason."""
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)
    for _ in range(2):
        await receiver.abandon_message(await bus.receive_one(orders))

    dead = await bus.receive_one(orders, sub_queue=DEAD)

    assert dead.dead_letter_reason == "MaxDeliveryCountExceeded"
    assert await bus.peek(orders) == []


@settling.case(queue())
async def messages_may_be_completed_in_any_order(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one", "two", "three")
    receiver = await bus.receiver(orders)
    one, two, three = await bus.receive(orders, 3)

    await receiver.complete_message(three)
    await receiver.complete_message(one)

    assert bodies(await bus.peek(orders)) == ["two"]
    await receiver.complete_message(two)


@settling.case(queue(), documented="Azure Service Bus client library for Python")
async def a_message_can_be_settled_once(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)
    message = await bus.receive_one(orders)
    await receiver.complete_message(message)

    for settle in (receiver.complete_message, receiver.abandon_message, receiver.defer_message):
        with pytest.raises(MessageAlreadySettled):
            await settle(message)


@settling.case(queue(), documented="Azure Service Bus client library for Python")
async def a_message_of_a_closed_receiver_can_not_be_settled(bus: Bus, orders: str) -> None:
    """A message can't be settled once its receiver was closed."""
    await bus.send(orders, "one")
    async with bus.new_receiver(orders) as receiver:
        (message,) = await receive(receiver, 1, bus.wait)

    with pytest.raises(ValueError, match="shutdown"):
        await receiver.complete_message(message)


@settling.case(queue())
async def a_message_can_be_completed_by_another_receiver_of_the_same_queue(bus: Bus, orders: str) -> None:
    """A lock belongs to the message, not to the link: any receiver of the queue can complete it by its token."""
    await bus.send(orders, "one")
    async with bus.new_receiver(orders) as first, bus.new_receiver(orders) as second:
        (message,) = await receive(first, 1, bus.wait)
        _hand_over(message, second)
        await second.complete_message(message)

        assert await second.peek_messages(sequence_number=1) == []


def _hand_over(message: ServiceBusReceivedMessage, receiver: Any) -> None:
    """Let the SDK settle by request, as it does when the link of a message is gone."""
    message._receiver = receiver
    message._is_deferred_message = True


@settling.case(queue())
async def a_locked_message_left_by_a_closed_receiver_stays_locked(bus: Bus, orders: str) -> None:
    """A message that was given to the application stays locked when its receiver closes."""
    await bus.send(orders, "one")
    async with bus.new_receiver(orders) as receiver:
        await receive(receiver, 1, bus.wait)

    assert await bus.is_silent(orders)


@settling.case(queue())
async def many_messages_are_settled_side_by_side(bus: Bus, orders: str) -> None:
    await bus.send(orders, *(str(number) for number in range(50)))
    receiver: Any = await bus.receiver(orders)

    for message in await bus.receive(orders, 50):
        await receiver.complete_message(message)

    assert await bus.peek(orders) == []


@settling.case(topic("first", "second"))
async def subscriptions_settle_their_copies_alone(bus: Bus, news: str) -> None:
    await bus.send(news, "one")

    assert await bus.complete_all(f"{news}/first", 1) == ["one"]

    assert bodies(await bus.peek(f"{news}/second")) == ["one"]


@settling.case(queue(max_delivery_count=1), documented="Overview of Service Bus dead-letter queues")
async def with_one_delivery_allowed_the_first_abandon_sets_aside(bus: Bus, orders: str) -> None:
    """With a maximum delivery count of 1 the first abandon leads to the dead-letter queue."""
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)

    await receiver.abandon_message(await bus.receive_one(orders))

    assert str(await bus.receive_one(orders, sub_queue=DEAD)) == "one"
