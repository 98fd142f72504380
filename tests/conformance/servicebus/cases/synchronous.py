"""The synchronous client: the same service, seen by another part of the SDK."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

import pytest
from azure.servicebus import (
    NEXT_AVAILABLE_SESSION,
    AutoLockRenewer,
    ServiceBusMessage,
    ServiceBusMessageState,
    ServiceBusReceivedMessage,
    ServiceBusReceiveMode,
    ServiceBusSubQueue,
)
from azure.servicebus.exceptions import (
    MessageAlreadySettled,
    MessageSizeExceededError,
    OperationTimeoutError,
    ServiceBusError,
    SessionCannotBeLockedError,
)

from tests.conformance.cases import Act, Area
from tests.conformance.servicebus.bus import Bus
from tests.conformance.servicebus.entities import queue, subscription, topic
from tests.conformance.servicebus.sync_links import Links

synchronous = Area("synchronous client", "Azure Service Bus client library for Python", "sync")

DEAD = ServiceBusSubQueue.DEAD_LETTER


def in_thread(*needs: Any) -> Callable[[Callable[..., None]], Act]:
    """A case that is an ordinary function: it gets links of the synchronous client, in a thread of its own."""

    def register(act: Callable[..., None]) -> Act:
        def play(bus: Bus, *names: str) -> None:
            with Links(bus) as links:
                act(links, *names)

        @wraps(act)
        async def wait(bus: Bus, *names: str) -> None:
            await asyncio.to_thread(play, bus, *names)

        return synchronous.case(*needs)(wait)

    return register


def _texts(messages: list[ServiceBusReceivedMessage]) -> list[str]:
    return [str(message) for message in messages]


@in_thread(queue())
def a_list_is_sent_received_and_completed(links: Links, orders: str) -> None:
    """The synchronous client sends, receives and completes messages."""
    links.send(orders, "one", "two")
    receiver = links.receiver(orders)

    messages = links.receive(receiver, 2)
    for message in messages:
        receiver.complete_message(message)

    assert _texts(messages) == ["one", "two"]
    assert receiver.peek_messages(5, sequence_number=1) == []


@in_thread(queue())
def a_batch_is_sent_by_the_synchronous_client(links: Links, orders: str) -> None:
    sender = links.sender(orders)
    batch = sender.create_message_batch()
    for number in range(10):
        batch.add_message(ServiceBusMessage(str(number)))

    sender.send_messages(batch)

    assert _texts(links.receive(links.receiver(orders), 10)) == [str(number) for number in range(10)]


@in_thread(queue())
def the_synchronous_iterator_gives_all_and_ends(links: Links, orders: str) -> None:
    """The synchronous iterator gives all messages, and ends when none came for a while."""
    links.send(orders, "one", "two")
    receiver = links.receiver(orders, max_wait_time=3)
    found = []

    for message in receiver:
        found.append(str(message))
        receiver.complete_message(message)

    assert found == ["one", "two"]


@in_thread(queue())
def the_synchronous_client_abandons(links: Links, orders: str) -> None:
    """A message that the synchronous client abandons comes again, counted."""
    links.send(orders, "one")
    receiver = links.receiver(orders)

    receiver.abandon_message(links.receive(receiver)[0])

    assert links.receive(receiver)[0].delivery_count == 1


@in_thread(queue())
def the_synchronous_client_defers(links: Links, orders: str) -> None:
    """A message that the synchronous client defers is received by its number."""
    links.send(orders, "one")
    receiver = links.receiver(orders)
    (message,) = links.receive(receiver)
    receiver.defer_message(message)

    (again,) = receiver.receive_deferred_messages(message.sequence_number or 0)

    assert str(again) == "one"
    receiver.complete_message(again)


@in_thread(queue())
def the_synchronous_client_dead_letters(links: Links, orders: str) -> None:
    """A message that the synchronous client dead-letters is in the dead-letter queue with its reason."""
    links.send(orders, "one")
    receiver = links.receiver(orders)

    receiver.dead_letter_message(links.receive(receiver)[0], reason="bad", error_description="very bad")

    (dead,) = links.receive(links.receiver(orders, sub_queue=DEAD))
    assert (dead.dead_letter_reason, dead.dead_letter_error_description) == ("bad", "very bad")


@in_thread(queue())
def the_synchronous_client_receives_and_deletes(links: Links, orders: str) -> None:
    """The synchronous client may delete what it receives."""
    links.send(orders, "one")
    receiver = links.receiver(orders, receive_mode=ServiceBusReceiveMode.RECEIVE_AND_DELETE)

    assert _texts(links.receive(receiver)) == ["one"]

    assert receiver.peek_messages(5, sequence_number=1) == []


@in_thread(queue())
def the_synchronous_client_peeks(links: Links, orders: str) -> None:
    """The synchronous client peeks at messages in every state."""
    sender = links.send(orders, "one")
    sender.schedule_messages(ServiceBusMessage("later"), links.later(3600))

    found = links.receiver(orders).peek_messages(5, sequence_number=1)

    states = {str(message): message.state for message in found}
    assert states == {"one": ServiceBusMessageState.ACTIVE, "later": ServiceBusMessageState.SCHEDULED}


@in_thread(queue())
def the_synchronous_client_cancels(links: Links, orders: str) -> None:
    """A scheduled message that the synchronous client cancels is gone, and is cancelled once."""
    sender = links.sender(orders)
    numbers = sender.schedule_messages(ServiceBusMessage("one"), links.later(3600))
    sender.cancel_scheduled_messages(numbers)

    with pytest.raises(ServiceBusError):
        sender.cancel_scheduled_messages(numbers)

    assert links.receiver(orders).peek_messages(5, sequence_number=1) == []


@in_thread(queue())
def the_synchronous_client_renews_a_lock(links: Links, orders: str) -> None:
    """A lock that the synchronous client renews lasts longer."""
    links.send(orders, "one")
    receiver = links.receiver(orders)
    (message,) = links.receive(receiver)
    before = message.locked_until_utc
    time.sleep(0.05)

    assert before is not None
    assert receiver.renew_message_lock(message) > before


@in_thread(queue(lock_duration=timedelta(seconds=5)))
def the_synchronous_renewer_holds_a_message_beyond_its_lock(links: Links, orders: str) -> None:
    links.send(orders, "one")
    receiver = links.receiver(orders)
    (message,) = links.receive(receiver)

    with AutoLockRenewer() as renewer:
        renewer.register(receiver, message, max_lock_renewal_duration=30)
        time.sleep(6)
        receiver.complete_message(message)

    assert receiver.peek_messages(5, sequence_number=1) == []


@in_thread(queue())
def the_synchronous_client_settles_once(links: Links, orders: str) -> None:
    """The synchronous client settles a message once."""
    links.send(orders, "one")
    receiver = links.receiver(orders)
    (message,) = links.receive(receiver)
    receiver.complete_message(message)

    with pytest.raises(MessageAlreadySettled):
        receiver.complete_message(message)


@in_thread(queue())
def the_synchronous_client_is_told_of_a_message_that_is_too_large(links: Links, orders: str) -> None:
    """The synchronous client is told of a message of more than 256 KB in the tier Standard."""
    sender = links.sender(orders)

    with pytest.raises(MessageSizeExceededError):
        sender.send_messages(ServiceBusMessage("x" * 262_144))

    sender.send_messages(ServiceBusMessage("one"))


@in_thread(queue())
def prefetched_messages_of_a_closed_synchronous_receiver_are_free(links: Links, orders: str) -> None:
    """What a synchronous receiver prefetched is free again once it is closed."""
    links.send(orders, "one", "two")
    with links.client.get_queue_receiver(orders, prefetch_count=10) as receiver:
        receiver.complete_message(receiver.receive_messages(1, max_wait_time=links.wait)[0])

    (message,) = links.receive(links.receiver(orders))

    assert (str(message), message.delivery_count) == ("two", 0)


@in_thread(queue(requires_session=True))
def the_synchronous_client_holds_a_session(links: Links, orders: str) -> None:
    """The synchronous client holds a session with its state, in order."""
    links.send(orders, "one", "two", session_id="a")
    receiver = links.receiver(orders, session_id="a")

    receiver.session.set_state("state")
    messages = links.receive(receiver, 2)

    assert _texts(messages) == ["one", "two"]
    assert receiver.session.get_state() == b"state"
    before = receiver.session.locked_until_utc
    time.sleep(0.05)
    assert before is not None
    assert receiver.session.renew_lock() > before


@in_thread(queue(requires_session=True))
def a_held_session_is_refused_to_the_synchronous_client(links: Links, orders: str) -> None:
    links.receiver(orders, session_id="a")

    with pytest.raises(SessionCannotBeLockedError):
        links.receiver(orders, session_id="a")


@in_thread(queue(requires_session=True))
def the_synchronous_client_gets_the_next_available_session(links: Links, orders: str) -> None:
    links.send(orders, "one", session_id="a")

    receiver = links.receiver(orders, session_id=NEXT_AVAILABLE_SESSION)

    assert receiver.session.session_id == "a"


@in_thread(queue(requires_session=True))
def without_a_session_the_synchronous_client_times_out(links: Links, orders: str) -> None:
    with pytest.raises(OperationTimeoutError):
        links.receiver(orders, session_id=NEXT_AVAILABLE_SESSION, max_wait_time=1)


@in_thread(queue(requires_session=True))
def the_synchronous_client_lists_sessions(links: Links, orders: str) -> None:
    links.send(orders, "one", session_id="a")

    assert list(links.client.list_queue_sessions(orders)) == ["a"]


@in_thread(topic(some=subscription("color = 'red'")))
def the_synchronous_client_reads_a_subscription(links: Links, news: str) -> None:
    """The synchronous client sends to a topic and receives from a subscription."""
    links.send(news, "no")
    links.send(news, "yes", application_properties={"color": "red"})

    with links.client.get_subscription_receiver(news, "some", max_wait_time=links.wait) as receiver:
        assert _texts(links.receive(receiver)) == ["yes"]
