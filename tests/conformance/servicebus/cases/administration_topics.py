"""Topics and subscriptions made, told, changed and deleted by the administration client."""

from datetime import timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.servicebus import ServiceBusMessage
from azure.servicebus.management import (
    EntityStatus,
)

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus, bodies
from tests.conformance.servicebus.entities import Name, queue, topic

topics = Area("administration of topics", "ServiceBusAdministrationClient", "administration")


@topics.case(Name())
async def a_topic_with_a_subscription_that_is_made_can_be_used_at_once(bus: Bus, news: str) -> None:
    await bus.admin.create_topic(news)
    await bus.admin.create_subscription(news, "first")

    await bus.send(news, "one")

    assert await bus.complete_all(f"{news}/first", 1) == ["one"]


_TOPIC: dict[str, Any] = {
    "auto_delete_on_idle": timedelta(minutes=10),
    "default_message_time_to_live": timedelta(minutes=11),
    "duplicate_detection_history_time_window": timedelta(minutes=12),
    "enable_batched_operations": True,
    "max_size_in_megabytes": 3072,
    "requires_duplicate_detection": True,
    "support_ordering": True,
    "user_metadata": "known to us",
}


@topics.case(Name())
async def every_property_of_a_topic_is_kept(bus: Bus, news: str) -> None:
    await bus.admin.create_topic(news, **_TOPIC)

    found = await bus.admin.get_topic(news)

    assert {name: getattr(found, name) for name in _TOPIC} == _TOPIC


_SUBSCRIPTION: dict[str, Any] = {
    "auto_delete_on_idle": timedelta(minutes=10),
    "dead_lettering_on_filter_evaluation_exceptions": True,
    "dead_lettering_on_message_expiration": True,
    "default_message_time_to_live": timedelta(minutes=11),
    "enable_batched_operations": True,
    "lock_duration": timedelta(seconds=13),
    "max_delivery_count": 14,
    "requires_session": True,
    "user_metadata": "known to us",
}


@topics.case(topic())
async def every_property_of_a_subscription_is_kept(bus: Bus, news: str) -> None:
    await bus.admin.create_subscription(news, "first", **_SUBSCRIPTION)

    found = await bus.admin.get_subscription(news, "first")

    assert {name: getattr(found, name) for name in _SUBSCRIPTION} == _SUBSCRIPTION


@topics.case(topic("first"))
async def what_is_there_is_not_made_again(bus: Bus, news: str) -> None:
    """A topic or subscription that is there is not made again."""
    with pytest.raises(ResourceExistsError):
        await bus.admin.create_topic(news)
    with pytest.raises(ResourceExistsError):
        await bus.admin.create_subscription(news, "first")


@topics.case(queue())
async def a_topic_can_not_have_the_name_of_a_queue(bus: Bus, orders: str) -> None:
    """A topic can't have the name of a queue."""
    with pytest.raises(ResourceExistsError):
        await bus.admin.create_topic(orders)


@topics.case(Name())
async def a_subscription_of_a_topic_that_is_not_there_is_an_error(bus: Bus, news: str) -> None:
    with pytest.raises(ResourceNotFoundError):
        await bus.admin.create_subscription(news, "first")


@topics.case(topic())
async def a_subscription_that_is_not_there_is_an_error(bus: Bus, news: str) -> None:
    """A subscription that is not there can be neither told nor deleted."""
    with pytest.raises(ResourceNotFoundError):
        await bus.admin.get_subscription(news, "nowhere")
    with pytest.raises(ResourceNotFoundError):
        await bus.admin.delete_subscription(news, "nowhere")


@topics.case(topic("first", "second"))
async def a_deleted_topic_takes_its_subscriptions_along(bus: Bus, news: str) -> None:
    await bus.admin.delete_topic(news)
    await bus.admin.create_topic(news)

    assert [each.name async for each in bus.admin.list_subscriptions(news)] == []


@topics.case(topic("first"))
async def a_subscription_made_later_gets_later_messages_alone(bus: Bus, news: str) -> None:
    await bus.send(news, "one")
    await bus.admin.create_subscription(news, "second")
    await bus.send(news, "two")

    assert bodies(await bus.peek(f"{news}/first")) == ["one", "two"]
    assert bodies(await bus.peek(f"{news}/second")) == ["two"]


@topics.case(topic("first"))
async def a_subscription_made_anew_is_empty(bus: Bus, news: str) -> None:
    await bus.send(news, "one")

    await bus.admin.delete_subscription(news, "first")
    await bus.admin.create_subscription(news, "first")

    assert await bus.peek(f"{news}/first") == []


@topics.case(topic("first", "second"))
async def topics_and_subscriptions_are_listed(bus: Bus, news: str) -> None:
    assert news in {each.name async for each in bus.admin.list_topics()}
    assert {each.name async for each in bus.admin.list_subscriptions(news)} == {"first", "second"}


@topics.case(topic("first", "second"))
async def a_topic_counts_its_subscriptions(bus: Bus, news: str) -> None:
    found = await bus.admin.get_topic_runtime_properties(news)

    assert (found.subscription_count, found.scheduled_message_count) == (2, 0)


@topics.case(topic("first"), documented="Get message counters")
async def a_topic_counts_what_is_scheduled_and_a_subscription_what_is_active(bus: Bus, news: str) -> None:
    sender = await bus.sender(news)
    await sender.schedule_messages(ServiceBusMessage("later"), bus.later(3600))
    await bus.send(news, "dead", "active")
    receiver = await bus.receiver(f"{news}/first")
    await receiver.dead_letter_message(await bus.receive_one(f"{news}/first"))

    async def are_counted() -> bool:
        found = await bus.admin.get_subscription_runtime_properties(news, "first")
        scheduled = (await bus.admin.get_topic_runtime_properties(news)).scheduled_message_count
        return (scheduled, found.active_message_count, found.dead_letter_message_count) == (1, 1, 1)

    assert await bus.eventually(are_counted)


@topics.case(topic("first"))
async def topics_and_subscriptions_are_changed(bus: Bus, news: str) -> None:
    await bus.admin.update_topic(await bus.admin.get_topic(news), user_metadata="new")
    await bus.admin.update_subscription(news, await bus.admin.get_subscription(news, "first"), max_delivery_count=3)

    assert (await bus.admin.get_topic(news)).user_metadata == "new"
    assert (await bus.admin.get_subscription(news, "first")).max_delivery_count == 3


@topics.case(topic("first"), documented="Suspend and reactivate messaging entities")
async def a_subscription_that_is_disabled_for_receives_goes_on_collecting(bus: Bus, news: str) -> None:
    disabled = EntityStatus.RECEIVE_DISABLED
    await bus.admin.update_subscription(news, await bus.admin.get_subscription(news, "first"), status=disabled)
    await bus.send(news, "one")

    active = EntityStatus.ACTIVE
    await bus.admin.update_subscription(news, await bus.admin.get_subscription(news, "first"), status=active)

    assert str(await bus.receive_one(f"{news}/first")) == "one"


@topics.case(topic(), documented="Service Bus quotas")
async def the_name_of_a_subscription_has_50_characters_at_most(bus: Bus, news: str) -> None:
    with pytest.raises(HttpResponseError):
        await bus.admin.create_subscription(news, "s" * 51)

    await bus.admin.create_subscription(news, "s" * 50)


@topics.case(topic(), queue())
async def a_subscription_forwards_when_told_so(bus: Bus, news: str, last: str) -> None:
    await bus.admin.create_subscription(news, "first", forward_to=last)

    await bus.send(news, "one")

    assert str(await bus.receive_one(last)) == "one"
