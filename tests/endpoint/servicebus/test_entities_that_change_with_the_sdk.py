"""Queues, topics and subscriptions that come, change and go while clients of the real SDK are at work."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from azure.core.exceptions import ResourceNotFoundError
from azure.servicebus import ServiceBusMessage, ServiceBusReceivedMessage
from azure.servicebus.exceptions import (
    MessageLockLostError,
    MessagingEntityDisabledError,
    MessagingEntityNotFoundError,
    ServiceBusAuthenticationError,
    ServiceBusConnectionError,
    ServiceBusError,
)
from azure.servicebus.management import CorrelationRuleFilter, EntityStatus, SqlRuleAction, SqlRuleFilter

from tests.support.hurried_sdk import hurry_sdk
from tests.support.service_bus import bodies
from tests.support.servicebus_admin import Administered, administered

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Administered]:
    with pytest.MonkeyPatch.context() as patch:
        hurry_sdk(patch)
        async with administered(tmp_path_factory.mktemp("certificates")) as world:
            yield world


async def received(world: Administered, queue: str) -> list[str]:
    return bodies(await world.receive(queue, 10))


async def waiting(world: Administered, queue: str) -> "asyncio.Task[list[ServiceBusReceivedMessage]]":
    """A receiver that waits for messages."""
    receiver = await world.receiver(queue)
    task = asyncio.create_task(receiver.receive_messages(1, max_wait_time=20))
    entity: Any = world.endpoint.hub.broker.find(queue)
    await world.until(lambda: entity.is_wanted)
    return task


async def sent_again(world: Administered, entity: str) -> None:
    """Send until the sender has heard of its detach: that alone the SDK tells as an unknown error."""
    with contextlib.suppress(ServiceBusConnectionError):
        await world.send(entity, "x")
    await world.send(entity, "x")


async def test_a_new_queue_takes_and_gives_messages_at_once(world: Administered) -> None:
    await world.admin.create_queue("new")
    await world.send("new", "hello")

    assert await received(world, "new") == ["hello"]


async def test_a_receiver_hears_at_once_that_its_queue_is_deleted(world: Administered) -> None:
    await world.admin.create_queue("deleted")
    task = await waiting(world, "deleted")
    await world.admin.delete_queue("deleted")

    with pytest.raises(MessagingEntityNotFoundError, match="'deleted' could not be found"):
        await task


async def test_a_sender_hears_that_its_topic_is_deleted(world: Administered) -> None:
    await world.admin.create_topic("deleted-topic")
    await world.send("deleted-topic", "one")
    await world.admin.delete_topic("deleted-topic")

    # The token for the new link is refused already, which the SDK takes for a matter of authentication.
    with pytest.raises(ServiceBusAuthenticationError):
        await sent_again(world, "deleted-topic")


async def test_a_receiver_hears_that_the_topic_of_its_subscription_is_deleted(world: Administered) -> None:
    await world.admin.create_topic("deleted-whole")
    await world.admin.create_subscription("deleted-whole", "s")
    receiver = await world.receiver("deleted-whole/s")
    await world.send("deleted-whole", "one", "two")
    (message, _) = await receiver.receive_messages(2, max_wait_time=5)
    await world.admin.delete_topic("deleted-whole")

    with pytest.raises(ServiceBusError):
        await receiver.complete_message(message)


async def test_a_queue_that_was_made_again_has_none_of_the_old_messages(world: Administered) -> None:
    await world.admin.create_queue("again")
    await world.send("again", "old")
    await world.admin.delete_queue("again")
    await world.admin.create_queue("again")
    sender = world.new_sender("again")
    await sender.send_messages(ServiceBusMessage("new"))

    assert await received(world, "again") == ["new"]


async def test_nothing_can_be_sent_to_a_queue_disabled_for_that(world: Administered) -> None:
    queue = await world.admin.create_queue("no-sends")
    await world.send("no-sends", "before")
    await world.admin.update_queue(queue, status=EntityStatus.SEND_DISABLED)

    with pytest.raises(MessagingEntityDisabledError):
        await sent_again(world, "no-sends")
    assert await received(world, "no-sends") == ["before"]

    await world.admin.update_queue(queue, status=EntityStatus.ACTIVE)
    await world.new_sender("no-sends").send_messages(ServiceBusMessage("after"))
    assert await received(world, "no-sends") == ["after"]


async def test_nothing_can_be_received_from_a_queue_disabled_for_that(world: Administered) -> None:
    queue = await world.admin.create_queue("no-receives")
    task = await waiting(world, "no-receives")
    await world.admin.update_queue(queue, status=EntityStatus.RECEIVE_DISABLED)

    with pytest.raises(MessagingEntityDisabledError):
        await task
    await world.send("no-receives", "can be sent")
    with pytest.raises(MessagingEntityDisabledError):
        await world.new_receiver("no-receives").receive_messages(1, max_wait_time=5)


@pytest.mark.parametrize("kind", ["queue", "topic"])
async def test_a_disabled_entity_lets_no_sender_in(world: Administered, kind: str) -> None:
    name = f"disabled-{kind}"
    create: Any = world.admin.create_queue if kind == "queue" else world.admin.create_topic
    await create(name, status=EntityStatus.DISABLED)

    with pytest.raises(MessagingEntityDisabledError):
        await world.new_sender(name).send_messages(ServiceBusMessage("x"))


async def test_a_lock_taken_after_a_change_lasts_as_long_as_is_said_now(world: Administered) -> None:
    queue = await world.admin.create_queue("locks", lock_duration=timedelta(minutes=5))
    receiver = await world.receiver("locks")
    await world.send("locks", "long", "short")
    (long,) = await receiver.receive_messages(1, max_wait_time=5)
    await world.admin.update_queue(queue, lock_duration=timedelta(seconds=10))
    (short,) = await receiver.receive_messages(1, max_wait_time=5)
    world.clock.advance(timedelta(seconds=11))

    await receiver.complete_message(long)
    with pytest.raises(MessageLockLostError):
        await receiver.complete_message(short)


async def test_the_maximum_of_deliveries_counts_from_its_change_on(world: Administered) -> None:
    queue = await world.admin.create_queue("deliveries")
    receiver = await world.receiver("deliveries")
    await world.send("deliveries", "x")
    await world.admin.update_queue(queue, max_delivery_count=1)
    (message,) = await receiver.receive_messages(1, max_wait_time=5)
    await receiver.abandon_message(message)

    assert (await world.admin.get_queue_runtime_properties("deliveries")).dead_letter_message_count == 1


async def test_what_waits_in_a_queue_goes_on_when_the_queue_begins_to_forward(world: Administered) -> None:
    queue = await world.admin.create_queue("from-here")
    await world.admin.create_queue("to-there")
    await world.send("from-here", "waits")
    await world.admin.update_queue(queue, forward_to="to-there")

    assert await received(world, "to-there") == ["waits"]
    with pytest.raises(ServiceBusError, match="auto-forwarding"):
        await world.new_receiver("from-here").receive_messages(1, max_wait_time=5)


async def test_rules_count_for_the_next_message(world: Administered) -> None:
    await world.admin.create_topic("ruled")
    await world.admin.create_subscription("ruled", "s")
    await world.admin.delete_rule("ruled", "s", "$Default")
    await world.send("ruled", "no rule: nobody gets it")
    sql = SqlRuleFilter("size > @least AND kind IN (@one, 'b')", parameters={"@least": 2, "@one": "a"})
    action = SqlRuleAction("SET mark = @mark", parameters={"@mark": "seen"})
    await world.admin.create_rule("ruled", "s", "sql", filter=sql, action=action)
    await world.send("ruled", *(ServiceBusMessage(str(size), application_properties={"size": size, "kind": "a"})
                                for size in (1, 3)))  # fmt: skip
    (message,) = await world.receive("ruled/s", 2)

    assert str(message) == "3"
    assert (message.application_properties or {}).get(b"mark") == b"seen"


async def test_a_correlation_filter_compares_typed_values(world: Administered) -> None:
    at = datetime(2020, 1, 2, tzinfo=UTC)
    await world.admin.create_topic("correlated")
    await world.admin.create_subscription("correlated", "s")
    rule = await world.admin.get_rule("correlated", "s", "$Default")
    rule.filter = CorrelationRuleFilter(properties={"at": at, "n": 1, "ok": True})
    await world.admin.update_rule("correlated", "s", rule)
    for body, values in (("hit", {"at": at, "n": 1, "ok": True}), ("miss", {"at": at, "n": 2, "ok": True})):
        given: Any = dict(values)
        await world.send("correlated", ServiceBusMessage(body, application_properties=given))

    assert await received(world, "correlated/s") == ["hit"]


async def test_an_entity_that_may_be_idle_for_an_hour_is_gone_after_it(world: Administered) -> None:
    await world.admin.create_queue("idle", auto_delete_on_idle=timedelta(hours=1))
    await world.admin.create_topic("idle-topic", auto_delete_on_idle=timedelta(hours=2))
    world.clock.advance(timedelta(minutes=61))

    with pytest.raises(ResourceNotFoundError):
        await world.admin.get_queue("idle")
    await world.admin.get_topic("idle-topic")
    world.clock.advance(timedelta(minutes=61))
    with pytest.raises(ResourceNotFoundError):
        await world.admin.get_topic("idle-topic")


async def test_runtime_properties_tell_what_there_is(world: Administered) -> None:
    await world.admin.create_queue("counted", max_delivery_count=1)
    before = await world.admin.get_queue_runtime_properties("counted")
    receiver = await world.receiver("counted")
    await world.send("counted", "abandoned", "stays", "stays, too")
    (message,) = await receiver.receive_messages(1, max_wait_time=5)
    await receiver.abandon_message(message)
    sender = await world.sender("counted")
    await sender.schedule_messages(ServiceBusMessage("later"), datetime.now(UTC) + timedelta(days=9))
    after = await world.admin.get_queue_runtime_properties("counted")

    assert before.accessed_at_utc is not None
    assert before.accessed_at_utc.year == 1
    assert after.accessed_at_utc is not None
    assert after.created_at_utc is not None
    assert after.accessed_at_utc >= after.created_at_utc
    assert (after.active_message_count, after.dead_letter_message_count, after.scheduled_message_count) == (2, 1, 1)
    assert after.total_message_count == 4
    assert (after.transfer_message_count, after.transfer_dead_letter_message_count) == (0, 0)
    assert after.size_in_bytes is not None
    assert after.size_in_bytes > len("abandonedstaysstays, too")


async def test_runtime_properties_of_topics_and_subscriptions_count_too(world: Administered) -> None:
    await world.admin.create_topic("counted-topic")
    await world.admin.create_subscription("counted-topic", "s")
    await world.send("counted-topic", "x")
    sender = await world.sender("counted-topic")
    await sender.schedule_messages(ServiceBusMessage("later"), datetime.now(UTC) + timedelta(days=9))
    topic = await world.admin.get_topic_runtime_properties("counted-topic")
    subscription = await world.admin.get_subscription_runtime_properties("counted-topic", "s")

    assert (topic.subscription_count, topic.scheduled_message_count) == (1, 1)
    assert topic.size_in_bytes is not None
    assert topic.size_in_bytes > 0
    assert (subscription.active_message_count, subscription.total_message_count) == (1, 1)
    assert subscription.created_at_utc is not None


async def test_a_forward_that_finds_nobody_is_counted_as_a_transfer_that_failed(world: Administered) -> None:
    await world.admin.create_queue("lost-destination")
    await world.admin.create_queue("forwards-to-nobody", forward_to="lost-destination")
    await world.admin.delete_queue("lost-destination")
    await world.send("forwards-to-nobody", "x")
    runtime = await world.admin.get_queue_runtime_properties("forwards-to-nobody")

    assert runtime.transfer_dead_letter_message_count == 1
