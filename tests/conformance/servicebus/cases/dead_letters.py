"""The queue beside each queue for what could not be processed."""

from datetime import timedelta

import pytest
from azure.servicebus import ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.exceptions import ServiceBusError

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus, bodies
from tests.conformance.servicebus.entities import queue, topic

dead_letters = Area("dead letters", "Overview of Service Bus dead-letter queues", "aio")

DEAD = ServiceBusSubQueue.DEAD_LETTER


async def _set_aside(bus: Bus, entity: str, message: ServiceBusMessage | str = "one", **why: str) -> None:
    receiver = await bus.receiver(entity)
    await bus.send(entity.partition("/")[0], message)
    await receiver.dead_letter_message(await bus.receive_one(entity), **why)


@dead_letters.case(queue())
async def a_dead_lettered_message_is_in_the_dead_letter_queue_alone(bus: Bus, orders: str) -> None:
    await _set_aside(bus, orders)

    assert await bus.peek(orders) == []
    assert bodies(await bus.peek(orders, sub_queue=DEAD)) == ["one"]


@dead_letters.case(queue())
async def reason_and_description_stand_in_the_application_properties(bus: Bus, orders: str) -> None:
    await _set_aside(bus, orders, reason="bad", error_description="very bad")

    dead = await bus.receive_one(orders, sub_queue=DEAD)

    assert (dead.dead_letter_reason, dead.dead_letter_error_description) == ("bad", "very bad")
    assert dead.application_properties == {b"DeadLetterReason": b"bad", b"DeadLetterErrorDescription": b"very bad"}


@dead_letters.case(queue())
async def a_message_may_be_dead_lettered_without_a_reason(bus: Bus, orders: str) -> None:
    await _set_aside(bus, orders)

    dead = await bus.receive_one(orders, sub_queue=DEAD)

    assert dead.dead_letter_reason is None


@dead_letters.case(queue())
async def a_dead_letter_keeps_its_body_and_properties(bus: Bus, orders: str) -> None:
    sent = ServiceBusMessage("one", message_id="m", subject="s", application_properties={"key": "value"})
    await _set_aside(bus, orders, sent, reason="bad")

    dead = await bus.receive_one(orders, sub_queue=DEAD)

    assert (str(dead), dead.message_id, dead.subject) == ("one", "m", "s")
    assert dead.application_properties is not None
    assert dead.application_properties[b"key"] == b"value"


@dead_letters.case(queue(), documented="Message sequencing and timestamps (MicrosoftDocs/azure-docs issue 97032)")
async def a_dead_letter_keeps_its_number(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one", "two")
    receiver = await bus.receiver(orders)
    one, two = await bus.receive(orders, 2)
    await receiver.dead_letter_message(two)
    await receiver.dead_letter_message(one)

    numbers = [message.sequence_number for message in await bus.peek(orders, sub_queue=DEAD)]

    assert numbers == [one.sequence_number, two.sequence_number]


@dead_letters.case(queue())
async def a_dead_letter_is_locked_abandoned_and_completed_like_others(bus: Bus, orders: str) -> None:
    await _set_aside(bus, orders)
    receiver = await bus.receiver(orders, sub_queue=DEAD)

    await receiver.abandon_message(await bus.receive_one(orders, sub_queue=DEAD))
    await receiver.complete_message(await bus.receive_one(orders, sub_queue=DEAD))

    assert await bus.peek(orders, sub_queue=DEAD) == []


@dead_letters.case(queue(max_delivery_count=2))
async def a_dead_letter_may_be_abandoned_without_end(bus: Bus, orders: str) -> None:
    """A dead letter stays however often it is abandoned."""
    await _set_aside(bus, orders)
    receiver = await bus.receiver(orders, sub_queue=DEAD)

    for _ in range(4):
        await receiver.abandon_message(await bus.receive_one(orders, sub_queue=DEAD))

    assert bodies(await bus.peek(orders, sub_queue=DEAD)) == ["one"]


@dead_letters.case(queue())
async def a_dead_letter_can_not_be_dead_lettered(bus: Bus, orders: str) -> None:
    """A message of a dead-letter queue can't be dead-lettered."""
    await _set_aside(bus, orders)
    receiver = await bus.receiver(orders, sub_queue=DEAD)
    dead = await bus.receive_one(orders, sub_queue=DEAD)

    with pytest.raises(ServiceBusError):
        await receiver.dead_letter_message(dead)


@dead_letters.case(queue(dead_lettering_on_message_expiration=True), waits=8)
async def a_dead_letter_does_not_expire(bus: Bus, orders: str) -> None:
    await _set_aside(bus, orders, ServiceBusMessage("one", time_to_live=timedelta(seconds=5)))

    await bus.pass_time(8)

    assert str(await bus.receive_one(orders, sub_queue=DEAD)) == "one"


@dead_letters.case(queue())
async def a_dead_letter_can_be_deferred(bus: Bus, orders: str) -> None:
    await _set_aside(bus, orders)
    receiver = await bus.receiver(orders, sub_queue=DEAD)
    dead = await bus.receive_one(orders, sub_queue=DEAD)

    await receiver.defer_message(dead)

    assert bodies(await receiver.receive_deferred_messages(dead.sequence_number or 0)) == ["one"]


@dead_letters.case(topic("first", "second"))
async def each_subscription_has_a_dead_letter_queue_of_its_own(bus: Bus, news: str) -> None:
    await _set_aside(bus, f"{news}/first", reason="bad")

    dead = await bus.receive_one(f"{news}/first", sub_queue=DEAD)

    assert dead.dead_letter_reason == "bad"
    assert await bus.peek(f"{news}/second", sub_queue=DEAD) == []


@dead_letters.case(queue())
async def nothing_can_be_sent_to_a_dead_letter_queue(bus: Bus, orders: str) -> None:
    with pytest.raises(ServiceBusError):
        await bus.send(f"{orders}/$DeadLetterQueue", "one")


@dead_letters.case(queue())
async def a_dead_letter_can_be_sent_back_as_a_new_message(bus: Bus, orders: str) -> None:
    """A dead letter that is sent again is a new message, and takes the reason along as a property."""
    await _set_aside(bus, orders, reason="bad")
    dead = await bus.receive_one(orders, sub_queue=DEAD)

    await (await bus.sender(orders)).send_messages(dead)
    again = await bus.receive_one(orders)

    assert (str(again), again.delivery_count) == ("one", 0)
    assert again.sequence_number != dead.sequence_number
    assert again.application_properties == {b"DeadLetterReason": b"bad"}


@dead_letters.case(queue(requires_session=True))
async def the_dead_letter_queue_of_a_queue_with_sessions_has_none(bus: Bus, orders: str) -> None:
    """The dead-letter queue of a queue with sessions is received from without a session."""
    await bus.send(orders, ServiceBusMessage("one", session_id="s"))
    receiver = await bus.receiver(orders, session_id="s")
    await receiver.dead_letter_message(await bus.receive_one(orders, session_id="s"), reason="bad")

    dead = await bus.receive_one(orders, sub_queue=DEAD)

    assert (dead.session_id, dead.dead_letter_reason) == ("s", "bad")
