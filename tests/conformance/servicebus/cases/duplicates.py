"""Repeats that a queue or topic recognises."""

from datetime import timedelta

from azure.servicebus import ServiceBusMessage

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus, bodies
from tests.conformance.servicebus.entities import queue, topic

duplicates = Area("duplicates", "Duplicate detection", "aio")

ONCE = queue(requires_duplicate_detection=True)
WINDOW = timedelta(seconds=20)


def _same(text: str, **properties: str) -> ServiceBusMessage:
    message = ServiceBusMessage(text, message_id="m")
    for name, value in properties.items():
        setattr(message, name, value)
    return message


@duplicates.case(ONCE)
async def a_repeat_of_a_message_id_is_accepted_and_dropped(bus: Bus, orders: str) -> None:
    await bus.send(orders, _same("one"))

    await bus.send(orders, _same("two"))

    assert bodies(await bus.peek(orders)) == ["one"]


@duplicates.case(ONCE)
async def different_message_ids_are_all_kept(bus: Bus, orders: str) -> None:
    await bus.send(orders, ServiceBusMessage("one", message_id="1"), ServiceBusMessage("one", message_id="2"))

    assert bodies(await bus.peek(orders)) == ["one", "one"]


@duplicates.case(ONCE)
async def a_repeat_within_one_batch_is_dropped(bus: Bus, orders: str) -> None:
    await bus.send(orders, _same("one"), _same("two"), "three")

    assert bodies(await bus.peek(orders)) == ["one", "three"]


@duplicates.case(ONCE)
async def a_repeat_of_a_message_that_was_completed_is_dropped(bus: Bus, orders: str) -> None:
    await bus.send(orders, _same("one"))
    await bus.complete_all(orders, 1)

    await bus.send(orders, _same("two"))

    assert await bus.peek(orders) == []


@duplicates.case(ONCE)
async def a_repeat_of_a_message_that_was_dead_lettered_is_dropped(bus: Bus, orders: str) -> None:
    await bus.send(orders, _same("one"))
    receiver = await bus.receiver(orders)
    await receiver.dead_letter_message(await bus.receive_one(orders))

    await bus.send(orders, _same("two"))

    assert await bus.peek(orders) == []


@duplicates.case(queue(requires_duplicate_detection=True, duplicate_detection_history_time_window=WINDOW), waits=45)
async def a_repeat_after_the_window_is_a_message_of_its_own(bus: Bus, orders: str) -> None:
    await bus.send(orders, _same("one"))

    await bus.pass_time(45)
    await bus.send(orders, _same("two"))

    assert bodies(await bus.peek(orders)) == ["one", "two"]


@duplicates.case(queue())
async def without_detection_repeats_are_kept(bus: Bus, orders: str) -> None:
    await bus.send(orders, _same("one"), _same("two"))

    assert bodies(await bus.peek(orders)) == ["one", "two"]


@duplicates.case(ONCE)
async def a_repeat_of_a_scheduled_message_is_dropped(bus: Bus, orders: str) -> None:
    sender = await bus.sender(orders)
    await sender.schedule_messages(_same("one"), bus.later(3600))

    await bus.send(orders, _same("two"))

    assert bodies(await bus.peek(orders)) == ["one"]


@duplicates.case(ONCE)
async def a_scheduled_repeat_is_dropped(bus: Bus, orders: str) -> None:
    await bus.send(orders, _same("one"))
    sender = await bus.sender(orders)

    await sender.schedule_messages(_same("two"), bus.later(3600))

    assert bodies(await bus.peek(orders)) == ["one"]


@duplicates.case(queue(requires_duplicate_detection=True, requires_session=True))
async def the_same_message_id_in_two_sessions_is_a_repeat(bus: Bus, orders: str) -> None:
    """The session is not looked at: the same message id in two sessions is a repeat."""
    await bus.send(orders, _same("one", session_id="a"))

    await bus.send(orders, _same("two", session_id="b"))

    assert await bus.peek(orders, session_id="b") == []


@duplicates.case(topic("first", options={"requires_duplicate_detection": True}))
async def a_topic_drops_repeats_for_all_its_subscriptions(bus: Bus, news: str) -> None:
    await bus.send(news, _same("one"))

    await bus.send(news, _same("two"))

    assert bodies(await bus.peek(f"{news}/first")) == ["one"]


@duplicates.case(ONCE)
async def message_ids_are_compared_with_regard_to_case(bus: Bus, orders: str) -> None:
    await bus.send(orders, ServiceBusMessage("one", message_id="m"), ServiceBusMessage("two", message_id="M"))

    assert bodies(await bus.peek(orders)) == ["one", "two"]
