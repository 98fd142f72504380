"""Messages set aside for those who know their number."""

from datetime import timedelta

import pytest
from azure.servicebus import ServiceBusMessage, ServiceBusMessageState, ServiceBusReceiveMode, ServiceBusSubQueue
from azure.servicebus.exceptions import MessageLockLostError, ServiceBusError

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus, bodies
from tests.conformance.servicebus.entities import queue, topic

deferring = Area("deferring", "Message deferral", "aio")

DEAD = ServiceBusSubQueue.DEAD_LETTER
TESTS_OF_JS = "Live tests of @azure/service-bus (deferredMessage)"


async def _deferred(bus: Bus, entity: str, *texts: str) -> list[int]:
    """Send and defer messages, and give their numbers."""
    receiver = await bus.receiver(entity)
    await bus.send(entity.partition("/")[0], *texts)
    messages = await bus.receive(entity, len(texts))
    for message in messages:
        await receiver.defer_message(message)
    return [message.sequence_number or 0 for message in messages]


@deferring.case(queue())
async def a_deferred_message_is_not_received_like_others(bus: Bus, orders: str) -> None:
    await _deferred(bus, orders, "one")
    await bus.send(orders, "two")

    assert str(await bus.receive_one(orders)) == "two"
    assert await bus.is_silent(orders)


@deferring.case(queue())
async def a_deferred_message_is_received_by_its_number(bus: Bus, orders: str) -> None:
    numbers = await _deferred(bus, orders, "one")
    receiver = await bus.receiver(orders)

    (message,) = await receiver.receive_deferred_messages(numbers)

    assert (str(message), message.sequence_number) == ("one", numbers[0])
    await receiver.complete_message(message)
    assert await bus.peek(orders) == []


@deferring.case(queue())
async def deferred_messages_are_received_in_any_order(bus: Bus, orders: str) -> None:
    numbers = await _deferred(bus, orders, "one", "two", "three")
    receiver = await bus.receiver(orders)

    third = await receiver.receive_deferred_messages(numbers[2])
    others = await receiver.receive_deferred_messages(numbers[:2])

    assert bodies(third) == ["three"]
    assert sorted(bodies(others)) == ["one", "two"]


@deferring.case(queue())
async def any_receiver_of_the_queue_gets_a_deferred_message(bus: Bus, orders: str) -> None:
    numbers = await _deferred(bus, orders, "one")

    async with bus.new_receiver(orders) as other:
        assert bodies(await other.receive_deferred_messages(numbers)) == ["one"]


@deferring.case(queue(), documented="Message browsing")
async def a_deferred_message_is_seen_by_peek_as_such(bus: Bus, orders: str) -> None:
    numbers = await _deferred(bus, orders, "one")

    (message,) = await bus.peek(orders)

    assert (message.sequence_number, message.state) == (numbers[0], ServiceBusMessageState.DEFERRED)


@deferring.case(queue(), documented=TESTS_OF_JS)
async def to_defer_counts_as_a_delivery(bus: Bus, orders: str) -> None:
    """To defer a message counts as a delivery."""
    numbers = await _deferred(bus, orders, "one")
    receiver = await bus.receiver(orders)

    (message,) = await receiver.receive_deferred_messages(numbers)

    assert message.delivery_count == 1


@deferring.case(queue(max_delivery_count=1), documented="Azure/azure-service-bus issue 375")
async def with_one_delivery_allowed_to_defer_sets_aside(bus: Bus, orders: str) -> None:
    """With a maximum delivery count of 1 a message that is deferred goes to the dead-letter queue."""
    await _deferred(bus, orders, "one")

    dead = await bus.receive_one(orders, sub_queue=DEAD)

    assert dead.dead_letter_reason == "MaxDeliveryCountExceeded"


@deferring.case(queue(), documented=TESTS_OF_JS)
async def an_abandoned_deferred_message_stays_deferred_and_is_counted(bus: Bus, orders: str) -> None:
    numbers = await _deferred(bus, orders, "one")
    receiver = await bus.receiver(orders)
    (message,) = await receiver.receive_deferred_messages(numbers)

    await receiver.abandon_message(message)

    (peeked,) = await bus.peek(orders)
    assert peeked.state is ServiceBusMessageState.DEFERRED
    (again,) = await receiver.receive_deferred_messages(numbers)
    assert again.delivery_count == 2


@deferring.case(queue(), documented=TESTS_OF_JS)
async def a_deferred_message_can_be_deferred_again(bus: Bus, orders: str) -> None:
    numbers = await _deferred(bus, orders, "one")
    receiver = await bus.receiver(orders)
    (message,) = await receiver.receive_deferred_messages(numbers)

    await receiver.defer_message(message)

    assert bodies(await receiver.receive_deferred_messages(numbers)) == ["one"]


@deferring.case(queue(), documented=TESTS_OF_JS)
async def a_deferred_message_can_be_dead_lettered_with_a_reason(bus: Bus, orders: str) -> None:
    numbers = await _deferred(bus, orders, "one")
    receiver = await bus.receiver(orders)
    (message,) = await receiver.receive_deferred_messages(numbers)

    await receiver.dead_letter_message(message, reason="r", error_description="d")

    dead = await bus.receive_one(orders, sub_queue=DEAD)
    assert (dead.dead_letter_reason, dead.dead_letter_error_description) == ("r", "d")
    assert dead.delivery_count == 1


@deferring.case(queue())
async def a_number_that_is_not_deferred_is_an_error(bus: Bus, orders: str) -> None:
    receiver = await bus.receiver(orders)

    with pytest.raises(ServiceBusError):
        await receiver.receive_deferred_messages([4711])


@deferring.case(queue())
async def an_active_message_is_not_received_by_its_number(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)
    (message,) = await bus.peek(orders)

    with pytest.raises(ServiceBusError):
        await receiver.receive_deferred_messages(message.sequence_number or 0)


@deferring.case(queue(), documented="Azure/azure-service-bus issue 256")
async def a_deferred_message_that_is_locked_is_not_given_twice(bus: Bus, orders: str) -> None:
    numbers = await _deferred(bus, orders, "one")
    receiver = await bus.receiver(orders)
    await receiver.receive_deferred_messages(numbers)

    async with bus.new_receiver(orders) as other:
        with pytest.raises(ServiceBusError):
            await other.receive_deferred_messages(numbers)


@deferring.case(queue())
async def numbers_of_which_one_is_missing_give_none_of_the_messages(bus: Bus, orders: str) -> None:
    numbers = await _deferred(bus, orders, "one")
    receiver = await bus.receiver(orders)

    with pytest.raises(ServiceBusError):
        await receiver.receive_deferred_messages([*numbers, 4711])

    assert bodies(await receiver.receive_deferred_messages(numbers)) == ["one"]


@deferring.case(queue())
async def no_numbers_give_no_messages(bus: Bus, orders: str) -> None:
    receiver = await bus.receiver(orders)

    assert await receiver.receive_deferred_messages([]) == []


@deferring.case(queue())
async def a_deferred_message_is_deleted_by_a_receiver_that_deletes(bus: Bus, orders: str) -> None:
    numbers = await _deferred(bus, orders, "one")
    receiver = await bus.receiver(orders, receive_mode=ServiceBusReceiveMode.RECEIVE_AND_DELETE)

    assert bodies(await receiver.receive_deferred_messages(numbers)) == ["one"]

    with pytest.raises(ServiceBusError):
        await receiver.receive_deferred_messages(numbers)
    assert await bus.peek(orders) == []


@deferring.case(queue(lock_duration=timedelta(seconds=10)), waits=12)
async def a_deferred_message_whose_lock_runs_out_stays_deferred(bus: Bus, orders: str) -> None:
    numbers = await _deferred(bus, orders, "one")
    receiver = await bus.receiver(orders)
    (message,) = await receiver.receive_deferred_messages(numbers)

    await bus.pass_time(12)

    with pytest.raises(MessageLockLostError):
        await receiver.complete_message(message)
    (again,) = await receiver.receive_deferred_messages(numbers)
    assert again.delivery_count == (message.delivery_count or 0) + 1


@deferring.case(queue(lock_duration=timedelta(seconds=10)), waits=8)
async def the_lock_of_a_deferred_message_can_be_renewed(bus: Bus, orders: str) -> None:
    numbers = await _deferred(bus, orders, "one")
    receiver = await bus.receiver(orders)
    (message,) = await receiver.receive_deferred_messages(numbers)
    until = message.locked_until_utc
    await bus.pass_time(8)

    assert until is not None
    assert await receiver.renew_message_lock(message) > until
    await receiver.complete_message(message)


@deferring.case(queue(dead_lettering_on_message_expiration=True), waits=8)
async def a_deferred_message_that_expires_stays_where_it_is(bus: Bus, orders: str) -> None:
    """A deferred message that expires is neither removed nor dead-lettered by itself."""
    await bus.send(orders, ServiceBusMessage("one", time_to_live=timedelta(seconds=5)))
    receiver = await bus.receiver(orders)
    await receiver.defer_message(await bus.receive_one(orders))

    await bus.pass_time(8)

    assert bodies(await bus.peek(orders)) == ["one"]
    assert await bus.peek(orders, sub_queue=DEAD) == []


@deferring.case(topic("first", "second"))
async def a_message_deferred_in_one_subscription_is_active_in_the_other(bus: Bus, news: str) -> None:
    numbers = await _deferred(bus, f"{news}/first", "one")

    assert await bus.complete_all(f"{news}/second", 1) == ["one"]

    receiver = await bus.receiver(f"{news}/first")
    assert bodies(await receiver.receive_deferred_messages(numbers)) == ["one"]
