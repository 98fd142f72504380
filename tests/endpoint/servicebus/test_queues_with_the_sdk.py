from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from azure.servicebus import (
    ServiceBusMessage,
    ServiceBusMessageState,
    ServiceBusReceiveMode,
    ServiceBusSubQueue,
)
from azure.servicebus.exceptions import MessageLockLostError, MessageSizeExceededError

from tests.support.service_bus import WAIT, Bus, bodies, complete, complete_together, namespace

pytestmark = pytest.mark.asyncio(loop_scope="module")

DELETE: dict[str, Any] = {"receive_mode": ServiceBusReceiveMode.RECEIVE_AND_DELETE}
DEAD: dict[str, Any] = {"sub_queue": ServiceBusSubQueue.DEAD_LETTER}
AFTER_THE_LOCK = timedelta(seconds=61)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bus() -> AsyncIterator[Bus]:
    plan = namespace({"orders": {"MaxDeliveryCount": 3, "DeadLetteringOnMessageExpiration": True}, "jobs": {}})
    async with Bus(plan) as bus:
        yield bus


async def test_a_message_arrives_as_it_was_sent(bus: Bus) -> None:
    sent = ServiceBusMessage(
        b"\x00body",
        message_id="m-1",
        subject="subject",
        correlation_id="c-1",
        content_type="application/json",
        application_properties={"traceparent": "00-abc", "count": 7},
    )

    await bus.send("orders", sent)
    (message,) = await bus.receive("orders", **DELETE)

    assert b"".join(message.body) == b"\x00body"
    assert (message.message_id, message.subject, message.correlation_id) == ("m-1", "subject", "c-1")
    assert message.content_type == "application/json"
    assert message.application_properties == {b"traceparent": b"00-abc", b"count": 7}
    assert (message.delivery_count, message.state) == (0, ServiceBusMessageState.ACTIVE)
    assert message.enqueued_time_utc is not None
    assert abs(message.enqueued_time_utc - datetime.now(UTC)) < timedelta(minutes=5)


async def test_a_batch_is_received_in_order_and_numbered(bus: Bus) -> None:
    sender = await bus.sender("orders")
    batch = await sender.create_message_batch()
    for number in range(150):
        batch.add_message(ServiceBusMessage(f"{number}:" + "x" * 1000))

    await sender.send_messages(batch)
    messages = await bus.receive("orders", 150, **DELETE)

    assert [body.split(":")[0] for body in bodies(messages)] == [str(number) for number in range(150)]
    numbers = [message.sequence_number or 0 for message in messages]
    assert numbers == list(range(numbers[0], numbers[0] + 150))


async def test_a_completed_message_is_gone(bus: Bus) -> None:
    await bus.send("orders", "a", "b")
    receiver = await bus.receiver("orders")

    await complete(receiver, await bus.receive("orders", 2))
    bus.pass_time(AFTER_THE_LOCK)

    assert await bus.receive_nothing("orders")


async def test_an_abandoned_message_comes_back_first_and_counted(bus: Bus) -> None:
    await bus.send("orders", "first", "second")
    receiver = await bus.receiver("orders")
    first, second = await bus.receive("orders", 2)

    await receiver.abandon_message(second)
    await receiver.abandon_message(first)
    again = await bus.receive("orders", 2)

    assert [(str(each), each.delivery_count) for each in again] == [("first", 1), ("second", 1)]
    await complete(receiver, again)


async def test_too_many_deliveries_lead_to_the_dead_letter_queue(bus: Bus) -> None:
    await bus.send("orders", "poison")
    receiver = await bus.receiver("orders")

    for _ in range(3):
        (message,) = await bus.receive("orders")
        await receiver.abandon_message(message)
    (dead,) = await bus.receive("orders", **DEAD)

    assert (str(dead), dead.dead_letter_reason, dead.delivery_count) == ("poison", "MaxDeliveryCountExceeded", 3)
    await complete(await bus.receiver("orders", **DEAD), [dead])


async def test_a_dead_lettered_message_carries_reason_and_description(bus: Bus) -> None:
    await bus.send("orders", ServiceBusMessage("bad", application_properties={"own": "kept"}))
    receiver = await bus.receiver("orders")
    (message,) = await bus.receive("orders")

    await receiver.dead_letter_message(message, reason="Unreadable", error_description="no such type")
    (dead,) = await bus.receive("orders", **DEAD)

    assert (dead.dead_letter_reason, dead.dead_letter_error_description) == ("Unreadable", "no such type")
    assert dead.application_properties == {
        b"own": b"kept",
        b"DeadLetterReason": b"Unreadable",
        b"DeadLetterErrorDescription": b"no such type",
    }
    assert dead.sequence_number == message.sequence_number
    await complete(await bus.receiver("orders", **DEAD), [dead])


async def test_a_deferred_message_is_received_by_its_number_alone(bus: Bus) -> None:
    await bus.send("orders", "later")
    receiver = await bus.receiver("orders")
    (message,) = await bus.receive("orders")

    await receiver.defer_message(message)
    nothing = await bus.receive_nothing("orders")
    (deferred,) = await receiver.receive_deferred_messages(message.sequence_number or 0)

    assert nothing
    assert (str(deferred), deferred.state) == ("later", ServiceBusMessageState.DEFERRED)
    await receiver.complete_message(deferred)
    assert bus.endpoint.counts()["orders"].deferred == 0


async def test_a_lock_that_expires_counts_and_its_holder_can_settle_no_more(bus: Bus) -> None:
    await bus.send("orders", "slow")
    receiver = await bus.receiver("orders")
    (message,) = await bus.receive("orders")

    bus.pass_time(AFTER_THE_LOCK)
    (again,) = await bus.receive("orders")

    with pytest.raises(MessageLockLostError):
        await receiver.complete_message(message)
    assert again.delivery_count == 1
    await complete(receiver, [again])


async def test_a_renewed_lock_lives_on(bus: Bus) -> None:
    await bus.send("orders", "long")
    receiver = await bus.receiver("orders")
    (message,) = await bus.receive("orders")

    bus.pass_time(timedelta(seconds=50))
    until = await receiver.renew_message_lock(message)
    bus.pass_time(timedelta(seconds=50))

    assert until > datetime.now(UTC) + timedelta(seconds=60)
    await receiver.complete_message(message)


async def test_peek_shows_messages_and_changes_nothing(bus: Bus) -> None:
    await bus.send("jobs", "a", "b", "c")
    receiver = await bus.receiver("jobs")

    seen = await receiver.peek_messages(2)
    rest = await receiver.peek_messages(5, sequence_number=(seen[-1].sequence_number or 0) + 1)
    messages = await bus.receive("jobs", 3)

    assert (bodies(seen), bodies(rest), bodies(messages)) == (["a", "b"], ["c"], ["a", "b", "c"])
    assert {message.delivery_count for message in messages} == {0}
    await complete(receiver, messages)


async def test_many_locks_are_settled_by_one_request(bus: Bus) -> None:
    await bus.send("jobs", *(str(number) for number in range(80)))
    receiver = await bus.receiver("jobs")
    messages = await bus.receive("jobs", 80)

    await complete_together(receiver, [message.lock_token for message in messages])

    assert bus.endpoint.counts()["jobs"].active == 0


async def test_one_lost_lock_among_many_is_reported_and_the_others_are_settled(bus: Bus) -> None:
    await bus.send("jobs", "a", "b", "c")
    receiver = await bus.receiver("jobs")
    messages = await bus.receive("jobs", 3)
    tokens = [message.lock_token for message in messages]
    await receiver.complete_message(messages[1])

    with pytest.raises(MessageLockLostError):
        await complete_together(receiver, tokens)

    assert bus.endpoint.counts()["jobs"].active == 0


async def test_an_expired_message_goes_to_the_dead_letter_queue(bus: Bus) -> None:
    await bus.send("orders", ServiceBusMessage("perishable", time_to_live=timedelta(seconds=30)))

    bus.pass_time(timedelta(seconds=31))
    (dead,) = await bus.receive("orders", **DEAD)

    assert (str(dead), dead.dead_letter_reason) == ("perishable", "TTLExpiredException")
    await complete(await bus.receiver("orders", **DEAD), [dead])


async def test_a_message_over_256_kilobytes_is_refused_and_the_sender_lives_on(bus: Bus) -> None:
    sender = await bus.sender("jobs")

    with pytest.raises(MessageSizeExceededError):
        await sender.send_messages(ServiceBusMessage(b"x" * 300_000))
    await sender.send_messages(ServiceBusMessage(b"y" * 260_000))
    (message,) = await bus.receive("jobs")

    assert len(b"".join(message.body)) == 260_000
    await complete(await bus.receiver("jobs"), [message])


async def test_prefetched_messages_of_a_closed_receiver_are_free_at_once(bus: Bus) -> None:
    await bus.send("jobs", "a", "b", "c")
    closing = bus.new_receiver("jobs", prefetch_count=10)

    (taken,) = await closing.receive_messages(1, max_wait_time=WAIT)
    await closing.complete_message(taken)
    await closing.close()
    messages = await bus.receive("jobs", 2)

    assert [(str(each), each.delivery_count) for each in messages] == [("b", 0), ("c", 0)]
    await complete(await bus.receiver("jobs"), messages)


async def test_names_are_compared_without_regard_to_case(bus: Bus) -> None:
    await bus.send("JOBS", "hello")

    messages = await bus.receive("jobs")

    assert bodies(messages) == ["hello"]
    await complete(await bus.receiver("jobs"), messages)
