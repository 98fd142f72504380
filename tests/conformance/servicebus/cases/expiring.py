"""Messages that end by themselves."""

from datetime import timedelta

from azure.servicebus import ServiceBusMessage, ServiceBusSubQueue

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus
from tests.conformance.servicebus.entities import queue, subscription, topic

expiring = Area("expiring", "Message expiration (Time to Live)", "aio")

DEAD = ServiceBusSubQueue.DEAD_LETTER
SIX = timedelta(seconds=6)
MORTAL = queue(dead_lettering_on_message_expiration=True)


def _perishable(text: str = "one") -> ServiceBusMessage:
    return ServiceBusMessage(text, time_to_live=SIX)


@expiring.case(queue(), waits=8)
async def an_expired_message_is_not_received(bus: Bus, orders: str) -> None:
    await bus.send(orders, _perishable())

    await bus.pass_time(8)

    assert await bus.is_silent(orders)
    assert await bus.peek(orders, sub_queue=DEAD) == []


@expiring.case(MORTAL, waits=8)
async def an_expired_message_goes_to_the_dead_letter_queue_if_the_queue_says_so(bus: Bus, orders: str) -> None:
    await bus.send(orders, _perishable())

    await bus.pass_time(8)

    assert await bus.is_silent(orders)
    dead = await bus.receive_one(orders, sub_queue=DEAD)
    assert (str(dead), dead.dead_letter_reason) == ("one", "TTLExpiredException")


@expiring.case(queue(), waits=8)
async def messages_that_live_longer_are_received_after_one_that_expired(bus: Bus, orders: str) -> None:
    await bus.send(orders, _perishable(), "two")

    await bus.pass_time(8)

    assert str(await bus.receive_one(orders)) == "two"


@expiring.case(MORTAL, waits=8)
async def an_expired_message_that_is_locked_can_be_completed(bus: Bus, orders: str) -> None:
    await bus.send(orders, _perishable())
    receiver = await bus.receiver(orders)
    message = await bus.receive_one(orders)

    await bus.pass_time(8)
    await receiver.complete_message(message)

    assert await bus.peek(orders) == []
    assert await bus.peek(orders, sub_queue=DEAD) == []


@expiring.case(MORTAL, waits=8)
async def an_expired_message_that_is_abandoned_expires_at_once(bus: Bus, orders: str) -> None:
    await bus.send(orders, _perishable())
    receiver = await bus.receiver(orders)
    message = await bus.receive_one(orders)

    await bus.pass_time(8)
    await receiver.abandon_message(message)

    assert await bus.is_silent(orders)
    dead = await bus.receive_one(orders, sub_queue=DEAD)
    assert dead.dead_letter_reason == "TTLExpiredException"


@expiring.case(queue(dead_lettering_on_message_expiration=True, lock_duration=timedelta(seconds=10)), waits=12)
async def an_expired_message_whose_lock_runs_out_expires_then(bus: Bus, orders: str) -> None:
    await bus.send(orders, _perishable())
    await bus.receive_one(orders)

    await bus.pass_time(12)

    assert await bus.is_silent(orders)
    assert str(await bus.receive_one(orders, sub_queue=DEAD)) == "one"


@expiring.case(queue(default_message_time_to_live=SIX, dead_lettering_on_message_expiration=True), waits=8)
async def the_time_to_live_of_the_queue_holds_for_messages_without_one(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")

    await bus.pass_time(8)

    assert await bus.is_silent(orders)
    assert str(await bus.receive_one(orders, sub_queue=DEAD)) == "one"


@expiring.case(queue(default_message_time_to_live=timedelta(minutes=5)))
async def a_message_without_a_time_to_live_gets_that_of_the_queue(bus: Bus, orders: str) -> None:
    await bus.send(orders, "one")

    message = await bus.receive_one(orders)

    assert message.time_to_live == timedelta(minutes=5)


@expiring.case(queue(default_message_time_to_live=timedelta(minutes=5)))
async def a_longer_time_to_live_is_cut_to_that_of_the_queue(bus: Bus, orders: str) -> None:
    await bus.send(orders, ServiceBusMessage("one", time_to_live=timedelta(hours=1)))

    message = await bus.receive_one(orders)

    assert message.time_to_live == timedelta(minutes=5)


@expiring.case(queue(default_message_time_to_live=timedelta(minutes=5)), waits=8)
async def a_shorter_time_to_live_than_that_of_the_queue_counts(bus: Bus, orders: str) -> None:
    await bus.send(orders, _perishable())

    await bus.pass_time(8)

    assert await bus.is_silent(orders)


@expiring.case(
    topic("long", short=subscription(default_message_time_to_live=SIX, dead_lettering_on_message_expiration=True)),
    waits=8,
)
async def each_subscription_lets_messages_expire_by_its_own_setting(bus: Bus, news: str) -> None:
    await bus.send(news, "one")

    await bus.pass_time(8)

    assert await bus.is_silent(f"{news}/short")
    assert str(await bus.receive_one(f"{news}/short", sub_queue=DEAD)) == "one"
    assert str(await bus.receive_one(f"{news}/long")) == "one"


@expiring.case(topic("first", options={"default_message_time_to_live": SIX}), waits=8)
async def the_time_to_live_of_a_topic_holds_for_its_subscriptions(bus: Bus, news: str) -> None:
    await bus.send(news, "one")

    await bus.pass_time(8)

    assert await bus.is_silent(f"{news}/first")


@expiring.case(queue(requires_session=True, dead_lettering_on_message_expiration=True), waits=8)
async def messages_of_a_session_expire_too(bus: Bus, orders: str) -> None:
    await bus.send(orders, ServiceBusMessage("one", session_id="a", time_to_live=SIX))

    await bus.pass_time(8)

    assert await bus.is_silent(orders, session_id="a")
    assert str(await bus.receive_one(orders, sub_queue=DEAD)) == "one"
