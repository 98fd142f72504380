from azure.servicebus import ServiceBusSubQueue

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus
from tests.conformance.servicebus.entities import queue

settling = Area("settling", "Message transfers, locks, and settlement", "aio")


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
    assert second.sequence_number == first.sequence_number


@settling.case(queue(max_delivery_count=2))
async def a_message_that_was_delivered_too_often_is_in_the_dead_letter_queue(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)
    for _ in range(2):
        await receiver.abandon_message(await bus.receive_one(orders))

    dead = await bus.receive_one(orders, sub_queue=ServiceBusSubQueue.DEAD_LETTER)

    assert dead.dead_letter_reason == "MaxDeliveryCountExceeded"
    assert await bus.is_silent(orders)
