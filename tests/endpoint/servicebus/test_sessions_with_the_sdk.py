from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.exceptions import (
    OperationTimeoutError,
    ServiceBusError,
    SessionCannotBeLockedError,
    SessionLockLostError,
)

from tests.support.service_bus import WAIT, Bus, bodies, complete, complete_together, namespace

pytestmark = pytest.mark.asyncio(loop_scope="module")

AFTER_THE_LOCK = timedelta(seconds=61)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bus() -> AsyncIterator[Bus]:
    plan = namespace({"instances": {"RequiresSession": True}, "plain": {}, "pool": {"RequiresSession": True}})
    async with Bus(plan) as bus:
        yield bus


def in_session(session_id: str, *texts: str) -> list[ServiceBusMessage]:
    return [ServiceBusMessage(text, session_id=session_id) for text in texts]


async def test_a_receiver_gets_the_messages_of_its_session_alone_and_in_order(bus: Bus) -> None:
    await bus.send("instances", *in_session("order-a", "1"), *in_session("order-b", "x"), *in_session("order-a", "2"))
    receiver = bus.new_receiver("instances", session_id="order-a")

    messages = await receiver.receive_messages(5, max_wait_time=WAIT)

    assert bodies(messages) == ["1", "2"]
    assert {message.session_id for message in messages} == {"order-a"}
    assert receiver.session.session_id == "order-a"
    assert receiver.session.locked_until_utc is not None
    assert receiver.session.locked_until_utc > datetime.now(UTC) + timedelta(seconds=50)
    await complete(receiver, messages)


async def test_a_held_session_is_refused_to_a_second_receiver(bus: Bus) -> None:
    holder = bus.new_receiver("instances", session_id="held")
    await holder.__aenter__()
    second = bus.new_receiver("instances", session_id="held")

    with pytest.raises(SessionCannotBeLockedError):
        await second.__aenter__()


async def test_closing_frees_the_session_at_once_and_returns_its_messages_in_order(bus: Bus) -> None:
    await bus.send("instances", *in_session("handed-over", "1", "2", "3", "4"))
    first = bus.new_receiver("instances", session_id="handed-over", prefetch_count=10)
    taken = await first.receive_messages(3, max_wait_time=WAIT)
    await first.complete_message(taken[1])

    await first.close()
    second = bus.new_receiver("instances", session_id="handed-over")
    messages = await second.receive_messages(5, max_wait_time=WAIT)

    assert [(str(message), message.delivery_count) for message in messages] == [("1", 0), ("3", 0), ("4", 0)]
    await complete(second, messages)


async def test_a_connection_that_breaks_frees_the_session_at_once(bus: Bus) -> None:
    await bus.send("instances", *in_session("broken", "1"))
    first = bus.new_receiver("instances", session_id="broken")
    await first.receive_messages(1, max_wait_time=WAIT)

    await break_connection(first)
    second = bus.new_receiver("instances", session_id="broken")
    messages = await second.receive_messages(1, max_wait_time=WAIT)

    assert bodies(messages) == ["1"]
    await complete(second, messages)


async def break_connection(receiver: Any) -> None:
    await receiver._handler._connection._transport.close()


async def test_the_next_available_session_is_one_with_messages(bus: Bus) -> None:
    await bus.send("pool", *in_session("waiting", "hello"))
    receiver = bus.new_receiver("pool", session_id=NEXT_AVAILABLE_SESSION, max_wait_time=WAIT)

    messages = await receiver.receive_messages(1, max_wait_time=WAIT)

    assert (receiver.session.session_id, bodies(messages)) == ("waiting", ["hello"])
    await complete(receiver, messages)


async def test_without_a_free_session_the_accept_times_out(bus: Bus) -> None:
    receiver = bus.new_receiver("pool", session_id=NEXT_AVAILABLE_SESSION, max_wait_time=1)

    with pytest.raises(OperationTimeoutError):
        await receiver.__aenter__()


async def test_session_state_is_kept_and_cleared(bus: Bus) -> None:
    receiver = await bus.receiver("instances", session_id="stateful")
    await receiver.__aenter__()

    states: list[bytes | None] = [await receiver.session.get_state()]
    for state in (b"\x01state", None):
        await receiver.session.set_state(state)
        states.append(await receiver.session.get_state())

    assert states == [None, b"\x01state", None]


async def test_a_renewed_session_lives_on(bus: Bus) -> None:
    await bus.send("instances", *in_session("renewed", "1"))
    receiver = bus.new_receiver("instances", session_id="renewed")
    messages = await receiver.receive_messages(1, max_wait_time=WAIT)

    bus.pass_time(timedelta(seconds=50))
    until = await receiver.session.renew_lock()
    bus.pass_time(timedelta(seconds=50))

    assert until > datetime.now(UTC) + timedelta(seconds=60)
    await complete(receiver, messages)


async def test_an_expired_session_is_lost_and_its_messages_are_counted(bus: Bus) -> None:
    await bus.send("instances", *in_session("expired", "1", "2"))
    first = bus.new_receiver("instances", session_id="expired")
    (message,) = await first.receive_messages(1, max_wait_time=WAIT)

    bus.pass_time(AFTER_THE_LOCK)
    with pytest.raises(SessionLockLostError):
        await first.complete_message(message)
    second = bus.new_receiver("instances", session_id="expired")
    messages = await second.receive_messages(2, max_wait_time=WAIT)

    assert [(str(each), each.delivery_count) for each in messages] == [("1", 1), ("2", 0)]
    await complete(second, messages)


async def test_a_deferred_message_of_a_session_is_received_by_its_holder(bus: Bus) -> None:
    await bus.send("instances", *in_session("deferring", "later"))
    receiver = bus.new_receiver("instances", session_id="deferring")
    (message,) = await receiver.receive_messages(1, max_wait_time=WAIT)

    await receiver.defer_message(message)
    (deferred,) = await receiver.receive_deferred_messages(message.sequence_number or 0)

    assert str(deferred) == "later"
    await receiver.complete_message(deferred)


async def test_many_locks_of_a_session_are_settled_by_one_request(bus: Bus) -> None:
    await bus.send("instances", *in_session("batched", *map(str, range(50))))
    receiver = bus.new_receiver("instances", session_id="batched")
    messages = await receiver.receive_messages(50, max_wait_time=WAIT)

    await complete_together(receiver, [message.lock_token for message in messages])

    assert await receiver.receive_messages(1, max_wait_time=0.1) == []
    assert await receiver.peek_messages(1) == []


async def test_the_dead_letter_queue_of_a_queue_with_sessions_has_none(bus: Bus) -> None:
    await bus.send("instances", *in_session("dying", "bad"))
    receiver = bus.new_receiver("instances", session_id="dying")
    (message,) = await receiver.receive_messages(1, max_wait_time=WAIT)

    await receiver.dead_letter_message(message, reason="Poison")
    (dead,) = await bus.receive("instances", sub_queue=ServiceBusSubQueue.DEAD_LETTER)

    assert (str(dead), dead.session_id, dead.dead_letter_reason) == ("bad", "dying", "Poison")
    await complete(await bus.receiver("instances", sub_queue=ServiceBusSubQueue.DEAD_LETTER), [dead])


@pytest.mark.parametrize(
    ("queue", "options", "text"),
    [
        ("instances", {}, "requires sessions"),
        ("plain", {"session_id": "any"}, "does not require sessions"),
    ],
)
async def test_a_receiver_of_the_wrong_kind_is_refused(
    bus: Bus, queue: str, options: dict[str, str], text: str
) -> None:
    receiver = bus.new_receiver(queue, **options)

    with pytest.raises(ServiceBusError, match=text):
        await receiver.__aenter__()


async def test_a_message_without_a_session_id_is_refused(bus: Bus) -> None:
    with pytest.raises(ServiceBusError, match="SessionId"):
        await bus.send("instances", "nowhere to go")


async def test_sessions_with_messages_or_state_are_listed(bus: Bus) -> None:
    await bus.send("instances", *in_session("listed-b", "1"), *in_session("listed-a", "2"))

    listed = [name async for name in bus.client.list_queue_sessions("instances")]

    assert [name for name in listed if name.startswith("listed")] == ["listed-a", "listed-b"]
