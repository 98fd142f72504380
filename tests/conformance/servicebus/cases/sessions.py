"""Messages that belong together: one holder at a time, in order."""

import asyncio
from datetime import timedelta

import pytest
from azure.servicebus import ServiceBusMessage, ServiceBusReceiveMode
from azure.servicebus.exceptions import (
    ServiceBusError,
    SessionCannotBeLockedError,
)

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus, bodies, receive
from tests.conformance.servicebus.entities import queue, subscription, topic

sessions = Area("sessions", "Message sessions", "aio")

SESSIONS = queue(requires_session=True)
SHORT = queue(requires_session=True, lock_duration=timedelta(seconds=10))


def _of(session: str, *texts: str) -> list[ServiceBusMessage]:
    return [ServiceBusMessage(text, session_id=session) for text in texts]


@sessions.case(SESSIONS)
async def a_receiver_gets_the_messages_of_its_session_alone(bus: Bus, orders: str) -> None:
    await bus.send(orders, *_of("a", "a1"), *_of("b", "b1"), *_of("a", "a2"))

    messages = await bus.receive(orders, 2, session_id="a")

    assert [(str(message), message.session_id) for message in messages] == [("a1", "a"), ("a2", "a")]
    assert await bus.is_silent(orders, session_id="a")


@sessions.case(SESSIONS)
async def the_messages_of_a_session_come_in_order(bus: Bus, orders: str) -> None:
    for number in range(10):
        await bus.send(orders, *_of("a", str(number)), *_of("b", "-"))

    assert bodies(await bus.receive(orders, 10, session_id="a")) == [str(number) for number in range(10)]


@sessions.case(SESSIONS)
async def a_held_session_is_refused_to_another_receiver(bus: Bus, orders: str) -> None:
    await bus.receiver(orders, session_id="a")

    with pytest.raises(SessionCannotBeLockedError):
        async with bus.new_receiver(orders, session_id="a"):
            pass


@sessions.case(SESSIONS)
async def two_sessions_are_held_by_two_receivers(bus: Bus, orders: str) -> None:
    await bus.send(orders, *_of("a", "one"), *_of("b", "two"))

    assert bodies(await bus.receive(orders, 1, session_id="a")) == ["one"]
    assert bodies(await bus.receive(orders, 1, session_id="b")) == ["two"]


@sessions.case(SESSIONS)
async def a_session_without_messages_can_be_accepted_by_its_id(bus: Bus, orders: str) -> None:
    receiver = await bus.receiver(orders, session_id="new")

    assert receiver.session.session_id == "new"
    assert await bus.is_silent(orders, session_id="new")


@sessions.case(SESSIONS)
async def a_message_for_a_held_session_goes_to_its_holder(bus: Bus, orders: str) -> None:
    receiver = await bus.receiver(orders, session_id="a")
    waiting = asyncio.create_task(receiver.receive_messages(1, max_wait_time=bus.wait))

    await bus.send(orders, *_of("a", "one"))

    assert bodies(await waiting) == ["one"]


@sessions.case(SESSIONS)
async def a_closed_receiver_frees_its_session_at_once(bus: Bus, orders: str) -> None:
    async with bus.new_receiver(orders, session_id="a"):
        pass

    async with bus.new_receiver(orders, session_id="a") as second:
        assert second.session.session_id == "a"


@sessions.case(SESSIONS)
async def messages_of_a_closed_session_come_again_in_order_and_uncounted(bus: Bus, orders: str) -> None:
    await bus.send(orders, *_of("a", "one", "two", "three"))
    async with bus.new_receiver(orders, session_id="a") as first:
        (message, *_) = await receive(first, 3, bus.wait)
        await first.complete_message(message)

    messages = await bus.receive(orders, 2, session_id="a")

    assert [(str(message), message.delivery_count) for message in messages] == [("two", 0), ("three", 0)]


@sessions.case(SESSIONS)
async def an_abandoned_message_of_a_session_comes_next(bus: Bus, orders: str) -> None:
    """An abandoned message of a session comes next, and is counted."""
    await bus.send(orders, *_of("a", "one", "two"))
    receiver = await bus.receiver(orders, session_id="a")

    await receiver.abandon_message(await bus.receive_one(orders, session_id="a"))
    messages = await bus.receive(orders, 2, session_id="a")

    assert [(str(message), message.delivery_count) for message in messages] == [("one", 1), ("two", 0)]


@sessions.case(SHORT)
async def a_session_is_locked_for_the_lock_duration_of_its_queue(bus: Bus, orders: str) -> None:
    before = bus.now()

    receiver = await bus.receiver(orders, session_id="a")

    until = receiver.session.locked_until_utc
    assert until is not None
    assert abs(until - before - timedelta(seconds=10)) < timedelta(seconds=5)


@sessions.case(SESSIONS)
async def a_message_without_a_session_id_is_refused(bus: Bus, orders: str) -> None:
    """A queue with sessions refuses a message without a session id."""
    with pytest.raises(ServiceBusError):
        await bus.send(orders, "one")


@sessions.case(SESSIONS)
async def a_receiver_without_a_session_is_refused(bus: Bus, orders: str) -> None:
    """A queue with sessions refuses a receiver without a session."""
    with pytest.raises(ServiceBusError):
        async with bus.new_receiver(orders):
            pass


@sessions.case(queue())
async def a_receiver_of_a_session_is_refused_where_there_are_none(bus: Bus, orders: str) -> None:
    """A queue without sessions refuses a receiver of a session."""
    with pytest.raises(ServiceBusError):
        async with bus.new_receiver(orders, session_id="a"):
            pass


@sessions.case(queue(), documented="Messages, payloads, and serialization")
async def a_session_id_is_carried_along_where_there_are_none(bus: Bus, orders: str) -> None:
    """A queue without sessions carries a session id along and does not look at it."""
    await bus.send(orders, *_of("a", "one"), *_of("b", "two"))

    messages = await bus.receive(orders, 2)

    assert [(str(message), message.session_id) for message in messages] == [("one", "a"), ("two", "b")]


@sessions.case(SESSIONS)
async def session_ids_are_compared_with_regard_to_case(bus: Bus, orders: str) -> None:
    await bus.send(orders, *_of("a", "one"), *_of("A", "two"))

    assert bodies(await bus.receive(orders, 1, session_id="A")) == ["two"]


@sessions.case(SESSIONS)
async def messages_of_a_session_can_be_received_and_deleted(bus: Bus, orders: str) -> None:
    await bus.send(orders, *_of("a", "one", "two"))
    mode = ServiceBusReceiveMode.RECEIVE_AND_DELETE

    assert bodies(await bus.receive(orders, 2, session_id="a", receive_mode=mode)) == ["one", "two"]

    assert await bus.peek(orders, session_id="a", receive_mode=mode) == []


@sessions.case(SESSIONS)
async def a_deferred_message_is_given_to_the_holder_of_its_session(bus: Bus, orders: str) -> None:
    await bus.send(orders, *_of("a", "one"))
    receiver = await bus.receiver(orders, session_id="a")
    message = await bus.receive_one(orders, session_id="a")
    await receiver.defer_message(message)

    (again,) = await receiver.receive_deferred_messages(message.sequence_number or 0)

    assert (str(again), again.session_id) == ("one", "a")
    await receiver.complete_message(again)


@sessions.case(SESSIONS)
async def a_deferred_message_is_not_given_to_the_holder_of_another_session(bus: Bus, orders: str) -> None:
    await bus.send(orders, *_of("a", "one"))
    receiver = await bus.receiver(orders, session_id="a")
    message = await bus.receive_one(orders, session_id="a")
    await receiver.defer_message(message)
    other = await bus.receiver(orders, session_id="b")

    with pytest.raises(ServiceBusError):
        await other.receive_deferred_messages(message.sequence_number or 0)


@sessions.case(topic("plain", sessions=subscription(requires_session=True)))
async def a_subscription_may_require_sessions_of_its_topic_s_messages(bus: Bus, news: str) -> None:
    """One subscription of a topic may require sessions while another does not."""
    await bus.send(news, *_of("a", "one"))

    assert bodies(await bus.receive(f"{news}/sessions", 1, session_id="a")) == ["one"]
    assert bodies(await bus.receive(f"{news}/plain", 1)) == ["one"]
