"""What changes in a queue at work when the administration client changes it."""

from datetime import timedelta

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.servicebus import ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.exceptions import MessagingEntityDisabledError, ServiceBusError
from azure.servicebus.management import EntityStatus

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus, bodies
from tests.conformance.servicebus.entities import Name, queue

changes = Area("changes of queues at work", "ServiceBusAdministrationClient", "administration")

NAMES = "Service Bus quotas"


@changes.case(queue(), documented="Suspend and reactivate messaging entities")
async def nothing_is_sent_to_a_queue_that_is_disabled_for_sends(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    await bus.admin.update_queue(await bus.admin.get_queue(orders), status=EntityStatus.SEND_DISABLED)

    with pytest.raises(MessagingEntityDisabledError):
        async with bus.new_sender(orders) as sender:
            await sender.send_messages(ServiceBusMessage("two"))
    assert await bus.complete_all(orders, 1) == ["one"]


@changes.case(queue(), documented="Suspend and reactivate messaging entities")
async def nothing_is_received_from_a_queue_that_is_disabled_for_receives(bus: Bus, orders: str) -> None:
    await bus.admin.update_queue(await bus.admin.get_queue(orders), status=EntityStatus.RECEIVE_DISABLED)

    await bus.send(orders, "one")

    with pytest.raises(MessagingEntityDisabledError):
        async with bus.new_receiver(orders):
            pass


@changes.case(queue(), documented="Suspend and reactivate messaging entities")
async def a_queue_that_is_active_again_has_kept_its_messages(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    await bus.admin.update_queue(await bus.admin.get_queue(orders), status=EntityStatus.DISABLED)
    await bus.admin.update_queue(await bus.admin.get_queue(orders), status=EntityStatus.ACTIVE)

    async with bus.new_receiver(orders) as receiver:
        assert bodies(await receiver.receive_messages(1, max_wait_time=bus.wait)) == ["one"]


@changes.case(queue())
async def a_link_to_a_queue_that_is_deleted_ends(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")

    await bus.admin.delete_queue(orders)

    async def is_refused() -> bool:
        try:
            await bus.send(orders, "two")
        except ServiceBusError:
            return True
        return False

    assert await bus.eventually(is_refused)


@changes.case(queue())
async def a_changed_lock_duration_holds_for_the_next_message(bus: Bus, orders: str) -> None:
    await bus.admin.update_queue(await bus.admin.get_queue(orders), lock_duration=timedelta(minutes=3))
    await bus.send(orders, "one")

    message = await bus.receive_one(orders)

    assert message.locked_until_utc is not None
    assert message.locked_until_utc > bus.later(120)


@changes.case(queue())
async def a_changed_maximum_of_deliveries_holds_at_once(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    await bus.admin.update_queue(await bus.admin.get_queue(orders), max_delivery_count=1)
    receiver = await bus.receiver(orders)

    await receiver.abandon_message(await bus.receive_one(orders))

    assert str(await bus.receive_one(orders, sub_queue=ServiceBusSubQueue.DEAD_LETTER)) == "one"


@changes.case(queue(), documented="Get message counters")
async def messages_are_counted_by_their_state(bus: Bus, orders: str) -> None:
    """Active, scheduled and dead messages are counted."""
    receiver, sender = await bus.receiver(orders), await bus.sender(orders)
    await bus.send(orders, "dead", "active", "active")
    await receiver.dead_letter_message(await bus.receive_one(orders))
    await sender.schedule_messages(ServiceBusMessage("later"), bus.later(3600))

    async def are_counted() -> bool:
        found = await bus.admin.get_queue_runtime_properties(orders)
        counts = (found.active_message_count, found.scheduled_message_count, found.dead_letter_message_count)
        return counts == (2, 1, 1) and found.total_message_count == 4

    assert await bus.eventually(are_counted)


@changes.case(queue(), Name())
async def a_queue_begins_to_forward_when_told_so(bus: Bus, orders: str, last: str) -> None:
    await bus.admin.create_queue(last)

    await bus.admin.update_queue(await bus.admin.get_queue(orders), forward_to=last)
    await bus.send(orders, "one")

    assert str(await bus.receive_one(last)) == "one"


@changes.case(Name(), waits=400, documented="Message expiration (Time to Live)")
async def a_queue_that_was_idle_for_long_is_deleted(bus: Bus, orders: str) -> None:
    """A queue that was idle for as long as it says is deleted."""
    await bus.admin.create_queue(orders, auto_delete_on_idle=timedelta(minutes=5))

    await bus.pass_time(400)

    async def is_gone() -> bool:
        try:
            await bus.admin.get_queue(orders)
        except ResourceNotFoundError:
            return True
        return False

    assert await bus.eventually(is_gone)
