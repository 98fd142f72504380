"""Getting messages out: how many, for how long, in which mode."""

import asyncio

import pytest
from azure.servicebus import ServiceBusMessage, ServiceBusReceiveMode
from azure.servicebus.aio import AutoLockRenewer

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus, bodies, receive
from tests.conformance.servicebus.entities import queue, topic

receiving = Area("receiving", "Azure Service Bus client library for Python", "aio")

A_WHILE = 3
DELETE = ServiceBusReceiveMode.RECEIVE_AND_DELETE
TRANSFERS = "Message transfers, locks, and settlement"
PREFETCH = "Prefetch Azure Service Bus messages"


@receiving.case(queue())
async def a_receive_gives_at_most_as_many_as_were_asked_for(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one", "two", "three")
    receiver = await bus.receiver(orders)

    assert len(await receiver.receive_messages(2, max_wait_time=bus.wait)) == 2


@receiving.case(queue())
async def a_receive_gives_what_is_there_without_waiting_for_more(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders)

    async with asyncio.timeout(bus.wait):
        assert bodies(await receiver.receive_messages(10, max_wait_time=4 * bus.wait)) == ["one"]


@receiving.case(queue())
async def a_receive_of_an_empty_queue_ends_with_nothing_after_its_wait_time(bus: Bus, orders: str) -> None:
    receiver = await bus.receiver(orders)

    assert await receiver.receive_messages(1, max_wait_time=bus.briefly) == []


@receiving.case(queue())
async def a_receive_that_waits_gets_a_message_as_soon_as_it_is_sent(bus: Bus, orders: str) -> None:
    receiver, sender = await bus.receiver(orders), await bus.sender(orders)
    waiting = asyncio.create_task(receiver.receive_messages(1, max_wait_time=4 * bus.wait))
    await asyncio.sleep(bus.briefly)

    await sender.send_messages(ServiceBusMessage("one"))

    async with asyncio.timeout(bus.wait):
        assert bodies(await waiting) == ["one"]


@receiving.case(queue())
async def an_iterator_gives_all_messages_and_ends_when_none_came_for_a_while(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one", "two", "three")
    receiver = bus.new_receiver(orders, max_wait_time=A_WHILE)
    found = []

    async with receiver:
        async for message in receiver:
            found.append(str(message))
            await receiver.complete_message(message)

    assert found == ["one", "two", "three"]


@receiving.case(queue())
async def an_iterator_may_be_left_and_taken_up_again(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one", "two")
    receiver = bus.new_receiver(orders, max_wait_time=A_WHILE)
    found = []

    async with receiver:
        async for message in receiver:
            found.append(str(message))
            break
        async for message in receiver:
            found.append(str(message))

    assert found == ["one", "two"]


@receiving.case(queue())
async def two_receivers_share_the_messages_of_a_queue(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one", "two")
    first, second = bus.new_receiver(orders), bus.new_receiver(orders)

    async with first, second:
        found = bodies([*await receive(first, 1, bus.wait), *await receive(second, 1, bus.wait)])

    assert found == ["one", "two"]


@receiving.case(queue(), documented=TRANSFERS)
async def a_locked_message_is_seen_by_no_other_receiver(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    await bus.receive_one(orders)

    async with bus.new_receiver(orders) as other:
        assert await other.receive_messages(1, max_wait_time=bus.briefly) == []


@receiving.case(queue(), documented=TRANSFERS)
async def a_message_received_and_deleted_is_gone(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")

    assert str(await bus.receive_one(orders, receive_mode=DELETE)) == "one"

    assert await bus.peek(orders) == []


@receiving.case(queue(), documented=TRANSFERS)
async def a_message_received_and_deleted_has_no_lock(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")
    receiver = await bus.receiver(orders, receive_mode=DELETE)
    message = await bus.receive_one(orders, receive_mode=DELETE)

    assert message.locked_until_utc is None
    for settle in (receiver.complete_message, receiver.abandon_message, receiver.defer_message):
        with pytest.raises(ValueError, match="RECEIVE_AND_DELETE"):
            await settle(message)
    with pytest.raises(ValueError, match="RECEIVE_AND_DELETE"):
        await receiver.renew_message_lock(message)


@receiving.case(queue())
async def a_receiver_that_deletes_takes_no_renewer(bus: Bus, orders: str) -> None:
    with pytest.raises(ValueError, match="RECEIVE_AND_DELETE"):
        bus.client.get_queue_receiver(orders, receive_mode=DELETE, auto_lock_renewer=AutoLockRenewer())


@receiving.case(queue(), documented=PREFETCH)
async def prefetched_messages_are_locked_before_they_are_asked_for(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one", "two", "three")
    prefetching = await bus.receiver(orders, prefetch_count=10)
    await prefetching.receive_messages(1, max_wait_time=bus.wait)

    async with bus.new_receiver(orders) as other:
        assert await other.receive_messages(1, max_wait_time=bus.briefly) == []


@receiving.case(queue(), documented=PREFETCH)
async def prefetched_messages_are_given_in_order(bus: Bus, orders: str) -> None:
    await bus.send(orders, *(str(number) for number in range(10)))
    receiver = await bus.receiver(orders, prefetch_count=10)
    found = []
    for _ in range(10):
        found += bodies(await receiver.receive_messages(1, max_wait_time=bus.wait))

    assert found == [str(number) for number in range(10)]


@receiving.case(queue(), documented=PREFETCH)
async def a_receiver_that_closes_gives_back_what_it_prefetched_uncounted(bus: Bus, orders: str) -> None:
    """A receiver that closes gives back at once what it prefetched, and no delivery is counted."""
    await bus.send(orders, "one", "two", "three")
    async with bus.new_receiver(orders, prefetch_count=10) as prefetching:
        (first,) = await receive(prefetching, 1, bus.wait)
        await prefetching.complete_message(first)

    rest = await bus.receive(orders, 2)

    assert [(str(message), message.delivery_count) for message in rest] == [("two", 0), ("three", 0)]


@receiving.case(queue(), documented=PREFETCH)
async def what_was_prefetched_to_be_deleted_is_lost_when_the_receiver_closes(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one", "two", "three")
    async with bus.new_receiver(orders, prefetch_count=10, receive_mode=DELETE) as prefetching:
        await receive(prefetching, 1, bus.wait)

    assert await bus.peek(orders) == []


@receiving.case(queue())
async def the_first_delivery_is_counted_as_none(bus: Bus, orders: str) -> None:
    """The delivery count of a message that was never delivered before is 0."""
    await bus.send(orders, "one")

    assert (await bus.receive_one(orders)).delivery_count == 0


@receiving.case(topic("first"))
async def a_subscription_is_received_from_like_a_queue(bus: Bus, news: str) -> None:
    await bus.send(news, "one")

    assert await bus.complete_all(f"{news}/first", 1) == ["one"]
    assert await bus.peek(f"{news}/first") == []


@receiving.case(queue())
async def a_closed_receiver_receives_no_more(bus: Bus, orders: str) -> None:
    async with bus.new_receiver(orders) as receiver:
        pass

    with pytest.raises(ValueError, match="shutdown"):
        await receiver.receive_messages(1)


@receiving.case(queue())
async def a_wait_time_of_nothing_is_refused(bus: Bus, orders: str) -> None:
    receiver = await bus.receiver(orders)

    with pytest.raises(ValueError, match="greater than 0"):
        await receiver.receive_messages(1, max_wait_time=0)


@receiving.case(queue())
async def messages_beyond_one_flow_of_credit_all_come(bus: Bus, orders: str) -> None:
    """More messages than a receiver asks for at once all come, each once and in order."""
    await bus.send(orders, *(str(number) for number in range(250)))
    receiver = await bus.receiver(orders, receive_mode=DELETE)
    found: list[str] = []
    while len(found) < 250:
        more = await receiver.receive_messages(37, max_wait_time=bus.wait)
        assert more
        found += bodies(more)

    assert found == [str(number) for number in range(250)]
