"""How long a receiver holds a message, and what happens when it holds it no longer."""

import asyncio
from datetime import timedelta

import pytest
from azure.servicebus import ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.aio import AutoLockRenewer, ServiceBusClient
from azure.servicebus.exceptions import MessageLockLostError

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus, bodies, trust
from tests.conformance.servicebus.entities import queue

locks = Area("locks", "Message transfers, locks, and settlement", "aio")

TEN_SECONDS = timedelta(seconds=10)
SHORT = queue(lock_duration=TEN_SECONDS)
DEAD = ServiceBusSubQueue.DEAD_LETTER


@locks.case(SHORT)
async def a_message_is_locked_for_the_lock_duration_of_its_queue(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    before = bus.now()

    message = await bus.receive_one(orders)

    assert message.locked_until_utc is not None
    assert abs(message.locked_until_utc - before - TEN_SECONDS) < timedelta(seconds=5)


@locks.case(queue())
async def without_a_setting_a_lock_lasts_a_minute(bus: Bus, orders: str) -> None:
    """Without a setting a lock lasts 60 seconds."""
    await bus.send(orders, "one")
    before = bus.now()

    message = await bus.receive_one(orders)

    assert message.locked_until_utc is not None
    assert abs(message.locked_until_utc - before - timedelta(seconds=60)) < timedelta(seconds=10)


@locks.case(SHORT, waits=12)
async def a_message_whose_lock_ran_out_is_delivered_again_and_counted(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    first = await bus.receive_one(orders)

    await bus.pass_time(12)
    second = await bus.receive_one(orders)

    assert (second.sequence_number, second.delivery_count) == (first.sequence_number, 1)


@locks.case(SHORT, waits=12)
async def a_message_whose_lock_ran_out_comes_before_those_sent_after_it(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one", "two")
    await bus.receive_one(orders)

    await bus.pass_time(12)

    assert bodies(await bus.receive(orders, 2)) == ["one", "two"]


@locks.case(SHORT, waits=12)
async def a_lock_that_ran_out_can_not_be_completed(bus: Bus, orders: str) -> None:
    """A message whose lock ran out can't be completed, abandoned, deferred or dead-lettered."""
    await bus.send(orders, "1", "2", "3", "4")
    receiver = await bus.receiver(orders)
    messages = await bus.receive(orders, 4)

    await bus.pass_time(12)

    settlings = (
        receiver.complete_message,
        receiver.abandon_message,
        receiver.defer_message,
        receiver.dead_letter_message,
    )
    for settle, message in zip(settlings, messages, strict=True):
        with pytest.raises(MessageLockLostError):
            await settle(message)
    assert len(await bus.peek(orders)) == 4


@locks.case(SHORT, waits=12)
async def a_lock_that_ran_out_can_not_be_renewed(bus: Bus, orders: str) -> None:
    """A lock that ran out can't be renewed."""
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)
    message = await bus.receive_one(orders)

    await bus.pass_time(12)

    with pytest.raises(MessageLockLostError):
        await receiver.renew_message_lock(message)


@locks.case(SHORT, waits=12)
async def a_late_settle_does_not_touch_the_next_delivery(bus: Bus, orders: str) -> None:
    """A complete that comes too late leaves the next delivery of the message alone."""
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)
    first = await bus.receive_one(orders)
    await bus.pass_time(12)
    second = await bus.receive_one(orders)

    with pytest.raises(MessageLockLostError):
        await receiver.complete_message(first)

    await receiver.complete_message(second)
    assert await bus.peek(orders) == []


@locks.case(SHORT)
async def a_renewed_lock_lasts_from_now_on(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)
    message = await bus.receive_one(orders)

    until = await receiver.renew_message_lock(message)

    assert message.locked_until_utc == until
    assert abs(until - bus.now() - TEN_SECONDS) < timedelta(seconds=5)


@locks.case(SHORT, waits=24)
async def a_message_can_be_held_for_long_by_renewing(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)
    message = await bus.receive_one(orders)

    for _ in range(3):
        await bus.pass_time(8)
        await receiver.renew_message_lock(message)

    await receiver.complete_message(message)
    assert await bus.peek(orders) == []


@locks.case(queue(lock_duration=TEN_SECONDS, max_delivery_count=2), waits=24)
async def locks_that_run_out_lead_to_the_dead_letter_queue(bus: Bus, orders: str) -> None:
    """Locks that run out count as deliveries: at the maximum the message is in the dead-letter queue."""
    await bus.send(orders, "one")
    for _ in range(2):
        await bus.receive_one(orders)
        await bus.pass_time(12)

    dead = await bus.receive_one(orders, sub_queue=DEAD)

    assert dead.dead_letter_reason == "MaxDeliveryCountExceeded"


@locks.case(SHORT, waits=12)
async def a_completed_message_does_not_come_back_when_its_lock_would_have_ended(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    await bus.complete_all(orders, 1)

    await bus.pass_time(12)

    assert await bus.is_silent(orders)


@locks.case(SHORT, waits=12)
async def messages_left_by_a_closed_receiver_come_when_their_locks_end(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    async with bus.new_receiver(orders) as receiver:
        await receiver.receive_messages(1, max_wait_time=bus.wait)

    await bus.pass_time(12)

    assert (await bus.receive_one(orders)).delivery_count == 1


@locks.case(SHORT, waits=12, documented="Azure/azure-sdk-for-net issue 53437")
async def a_lock_that_runs_out_in_a_dead_letter_queue_is_not_counted(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)
    await receiver.dead_letter_message(await bus.receive_one(orders))
    first = await bus.receive_one(orders, sub_queue=DEAD)

    await bus.pass_time(12)
    second = await bus.receive_one(orders, sub_queue=DEAD)

    assert second.delivery_count == first.delivery_count


@locks.case(queue(), waits=660, documented="AMQP errors in Azure Service Bus")
async def a_sender_that_was_idle_for_long_can_send_again(bus: Bus, orders: str) -> None:
    """A link that is idle for ten minutes is taken away; its client opens another when it sends again."""
    patient = ServiceBusClient.from_connection_string(bus.connection_string, ssl_context=trust())
    async with patient, patient.get_queue_sender(orders) as sender:
        await sender.send_messages(ServiceBusMessage("one"))

        await bus.pass_time(660)
        await sender.send_messages(ServiceBusMessage("two"))

    assert await bus.complete_all(orders, 2) == ["one", "two"]


@locks.case(queue(lock_duration=timedelta(seconds=5)), documented="Azure Service Bus client library for Python")
async def a_renewer_holds_a_message_beyond_its_lock(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)
    message = await bus.receive_one(orders)
    first_end = message.locked_until_utc

    async with AutoLockRenewer() as renewer:
        renewer.register(receiver, message, max_lock_renewal_duration=30)
        await asyncio.sleep(6)
        renewed_end = message.locked_until_utc
        await receiver.complete_message(message)

    assert first_end is not None
    assert renewed_end is not None
    assert renewed_end > first_end
    assert await bus.peek(orders) == []
