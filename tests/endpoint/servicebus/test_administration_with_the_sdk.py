"""What `ServiceBusAdministrationClient` can do, over the real client."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.servicebus.management import (
    AuthorizationRule,
    CorrelationRuleFilter,
    FalseRuleFilter,
    SqlRuleAction,
    SqlRuleFilter,
    TrueRuleFilter,
)

from tests.support.hurried_sdk import hurry_sdk
from tests.support.servicebus_admin import Administered, administered

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVERY_QUEUE_PROPERTY: dict[str, Any] = {
    "auto_delete_on_idle": timedelta(hours=1),
    "dead_lettering_on_message_expiration": True,
    "default_message_time_to_live": timedelta(days=2),
    "duplicate_detection_history_time_window": timedelta(minutes=3),
    "enable_batched_operations": False,
    "enable_express": False,
    "enable_partitioning": True,
    "lock_duration": timedelta(seconds=13),
    "max_delivery_count": 14,
    "max_size_in_megabytes": 3072,
    "requires_duplicate_detection": True,
    "requires_session": True,
    "user_metadata": "<b> & 'ü'",
    "max_message_size_in_kilobytes": 256,
}
EVERY_TOPIC_PROPERTY: dict[str, Any] = {
    "auto_delete_on_idle": timedelta(hours=1),
    "default_message_time_to_live": timedelta(days=2),
    "duplicate_detection_history_time_window": timedelta(minutes=3),
    "enable_batched_operations": False,
    "enable_express": True,
    "enable_partitioning": True,
    "max_size_in_megabytes": 5120,
    "support_ordering": False,
    "user_metadata": "of a topic",
}
EVERY_SUBSCRIPTION_PROPERTY: dict[str, Any] = {
    "auto_delete_on_idle": timedelta(hours=1),
    "dead_lettering_on_filter_evaluation_exceptions": False,
    "dead_lettering_on_message_expiration": True,
    "default_message_time_to_live": timedelta(days=2),
    "enable_batched_operations": False,
    "lock_duration": timedelta(minutes=5),
    "max_delivery_count": 3,
    "requires_session": True,
    "user_metadata": "of a subscription",
}
VALUES: dict[str, Any] = {
    "text": "x <&> y",
    "whole": 2,
    "long": 2**40,
    "half": 0.5,
    "truth": True,
    "time": datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC),
    "epoch": datetime(1970, 1, 1, tzinfo=UTC),
    "span": timedelta(seconds=3),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Administered]:
    with pytest.MonkeyPatch.context() as patch:
        hurry_sdk(patch)
        async with administered(tmp_path_factory.mktemp("certificates")) as world:
            yield world


def picked(properties: Any, names: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(properties, name) for name in names}


async def test_every_property_of_a_queue_is_kept_and_told(world: Administered) -> None:
    created = await world.admin.create_queue("every/Property.of_a-queue", **EVERY_QUEUE_PROPERTY)
    found = await world.admin.get_queue("every/property.of_a-queue")

    assert picked(created, EVERY_QUEUE_PROPERTY) == EVERY_QUEUE_PROPERTY
    assert picked(found, EVERY_QUEUE_PROPERTY) == EVERY_QUEUE_PROPERTY
    assert (found.status, found.availability_status) == ("Active", "Available")


async def test_every_property_of_a_topic_is_kept_and_told(world: Administered) -> None:
    await world.admin.create_topic("topic-properties", **EVERY_TOPIC_PROPERTY)
    found = await world.admin.get_topic("topic-properties")

    assert picked(found, EVERY_TOPIC_PROPERTY) == EVERY_TOPIC_PROPERTY


async def test_every_property_of_a_subscription_is_kept_and_told(world: Administered) -> None:
    await world.admin.create_topic("of-subscriptions")
    await world.admin.create_subscription("of-subscriptions", "all", **EVERY_SUBSCRIPTION_PROPERTY)
    found = await world.admin.get_subscription("of-subscriptions", "all")

    assert picked(found, EVERY_SUBSCRIPTION_PROPERTY) == EVERY_SUBSCRIPTION_PROPERTY


async def test_what_is_not_said_has_the_defaults_of_the_service(world: Administered) -> None:
    queue = await world.admin.create_queue("by-default")

    assert queue.lock_duration == timedelta(minutes=1)
    assert queue.max_delivery_count == 10
    assert queue.max_size_in_megabytes == 1024
    assert queue.default_message_time_to_live is not None
    assert queue.default_message_time_to_live > timedelta(days=10_000_000)  # type: ignore[operator]  # Never a text here.


async def test_forwarding_is_told_as_the_address_of_the_destination(world: Administered) -> None:
    await world.admin.create_queue("destination")
    await world.admin.create_queue(
        "forwards", forward_to="destination", forward_dead_lettered_messages_to="destination"
    )
    queue = await world.admin.get_queue("forwards")

    assert queue.forward_to == f"sb://{world.admin.fully_qualified_namespace}/destination"
    assert queue.forward_dead_lettered_messages_to == queue.forward_to


async def test_authorization_rules_are_kept_and_get_keys(world: Administered) -> None:
    rule = AuthorizationRule(
        type="SharedAccessAuthorizationRule",
        claim_type="SharedAccessKey",
        claim_value="None",
        key_name="reader",
        rights=["Listen"],
        primary_key="A" * 44,
    )
    await world.admin.create_queue("with-a-key", authorization_rules=[rule])
    queue: Any = await world.admin.get_queue("with-a-key")
    (kept,) = queue.authorization_rules

    assert (kept.key_name, kept.rights, kept.primary_key) == ("reader", ["Listen"], "A" * 44)
    assert len(kept.secondary_key) == 44
    assert kept.created_at_utc is not None


async def test_an_update_changes_what_it_names(world: Administered) -> None:
    queue = await world.admin.create_queue("to-be-changed", lock_duration=timedelta(seconds=10))
    await world.admin.update_queue(queue, max_delivery_count=3, user_metadata="new")
    found = await world.admin.get_queue("to-be-changed")

    assert (found.max_delivery_count, found.user_metadata) == (3, "new")
    assert found.lock_duration == timedelta(seconds=10)


async def test_topics_and_subscriptions_are_changed_too(world: Administered) -> None:
    topic = await world.admin.create_topic("changed-topic")
    subscription = await world.admin.create_subscription("changed-topic", "one")
    await world.admin.update_topic(topic, user_metadata="t")
    await world.admin.update_subscription("changed-topic", subscription, user_metadata="s")

    assert (await world.admin.get_topic("changed-topic")).user_metadata == "t"
    assert (await world.admin.get_subscription("changed-topic", "one")).user_metadata == "s"


async def test_what_is_deleted_is_found_no_more(world: Administered) -> None:
    await world.admin.create_queue("short-lived")
    await world.admin.create_topic("short-lived-topic")
    await world.admin.create_subscription("short-lived-topic", "s")
    await world.admin.create_subscription("short-lived-topic", "t")
    await world.admin.delete_queue("short-lived")
    await world.admin.delete_subscription("short-lived-topic", "s")
    with pytest.raises(ResourceNotFoundError):
        await world.admin.get_subscription("short-lived-topic", "s")
    await world.admin.delete_topic("short-lived-topic")

    with pytest.raises(ResourceNotFoundError):
        await world.admin.get_queue("short-lived")
    with pytest.raises(ResourceNotFoundError):
        await world.admin.get_topic("short-lived-topic")
    with pytest.raises(ResourceNotFoundError):
        await world.admin.get_subscription("short-lived-topic", "t")


async def test_a_list_is_read_in_pages(world: Administered) -> None:
    await world.admin.create_topic("paged")
    for number in range(7):
        await world.admin.create_subscription("paged", f"s{number}")
    pages = world.admin.list_subscriptions("paged", max_page_size=3).by_page()

    assert [[each.name async for each in page] async for page in pages] == [
        ["s0", "s1", "s2"],
        ["s3", "s4", "s5"],
        ["s6"],
    ]


async def test_every_list_tells_what_there_is(world: Administered) -> None:
    await world.admin.create_queue("listed")
    await world.admin.create_topic("listed-topic")
    assert [each async for each in world.admin.list_subscriptions("listed-topic")] == []
    await world.admin.create_subscription("listed-topic", "s")

    assert "listed" in [each.name async for each in world.admin.list_queues()]
    assert "listed" in [each.name async for each in world.admin.list_queues_runtime_properties()]
    assert "listed-topic" in [each.name async for each in world.admin.list_topics()]
    assert "listed-topic" in [each.name async for each in world.admin.list_topics_runtime_properties()]
    assert [each.name async for each in world.admin.list_subscriptions("listed-topic")] == ["s"]
    assert [each.name async for each in world.admin.list_subscriptions_runtime_properties("listed-topic")] == ["s"]
    assert [each.name async for each in world.admin.list_rules("listed-topic", "s")] == ["$Default"]


async def test_rules_come_back_as_they_were_given(world: Administered) -> None:
    await world.admin.create_topic("ruled")
    await world.admin.create_subscription("ruled", "s")
    sql = SqlRuleFilter("a = @text AND b < @whole", parameters={f"@{name}": value for name, value in VALUES.items()})
    await world.admin.create_rule("ruled", "s", "sql", filter=sql, action=SqlRuleAction("SET x = @v", {"@v": 1}))
    await world.admin.create_rule("ruled", "s", "like", filter=CorrelationRuleFilter(label="l", properties=VALUES))
    await world.admin.create_rule("ruled", "s", "none", filter=FalseRuleFilter())
    rules: dict[str, Any] = {rule.name: rule async for rule in world.admin.list_rules("ruled", "s")}
    alone: Any = await world.admin.get_rule("ruled", "s", "sql")

    assert list(rules) == ["$Default", "sql", "like", "none"]
    assert isinstance(rules["$Default"].filter, TrueRuleFilter)
    assert isinstance(rules["none"].filter, FalseRuleFilter)
    assert (rules["like"].filter.label, dict(rules["like"].filter.properties)) == ("l", VALUES)
    assert alone.filter.sql_expression == sql.sql_expression
    assert dict(alone.filter.parameters) == sql.parameters
    assert (alone.action.sql_expression, dict(alone.action.parameters)) == ("SET x = @v", {"@v": 1})
    assert alone.created_at_utc is not None


async def test_a_rule_is_replaced_and_deleted(world: Administered) -> None:
    await world.admin.create_topic("re-ruled")
    await world.admin.create_subscription("re-ruled", "s")
    rule = await world.admin.get_rule("re-ruled", "s", "$Default")
    await world.admin.update_rule("re-ruled", "s", rule, filter=SqlRuleFilter("a = 1"))
    replaced: Any = await world.admin.get_rule("re-ruled", "s", "$Default")
    await world.admin.delete_rule("re-ruled", "s", "$Default")

    assert replaced.filter.sql_expression == "a = 1"
    assert [each async for each in world.admin.list_rules("re-ruled", "s")] == []


async def test_the_namespace_tells_of_itself(world: Administered) -> None:
    namespace = await world.admin.get_namespace_properties()

    assert (namespace.name, namespace.messaging_sku, namespace.namespace_type) == ("localhost", "Standard", "Messaging")


async def test_what_is_there_is_not_made_again(world: Administered) -> None:
    await world.admin.create_topic("twice")
    await world.admin.create_subscription("twice", "s")
    await world.admin.create_rule("twice", "s", "r")

    with pytest.raises(ResourceExistsError, match="SubCode=40900"):
        await world.admin.create_topic("twice")
    with pytest.raises(ResourceExistsError, match="SubCode=40900"):
        await world.admin.create_queue("Twice")
    with pytest.raises(ResourceExistsError, match="already exists"):
        await world.admin.create_subscription("twice", "s")
    with pytest.raises(ResourceExistsError, match="already exists"):
        await world.admin.create_rule("twice", "s", "r")


async def test_what_is_not_there_is_neither_changed_nor_deleted(world: Administered) -> None:
    queue = await world.admin.create_queue("gone")
    await world.admin.delete_queue("gone")

    with pytest.raises(ResourceNotFoundError):
        await world.admin.update_queue(queue)
    with pytest.raises(ResourceNotFoundError):
        await world.admin.delete_queue("gone")
    with pytest.raises(ResourceNotFoundError):
        await world.admin.delete_topic("gone")
    with pytest.raises(ResourceNotFoundError, match="was not found"):
        await world.admin.create_subscription("gone", "s")


async def test_properties_that_are_fixed_for_life_are_not_changed(world: Administered) -> None:
    queue = await world.admin.create_queue("fixed")

    for change in ({"requires_session": True}, {"requires_duplicate_detection": True}, {"enable_partitioning": True}):
        with pytest.raises(HttpResponseError, match=r"SubCode=40000.*can't be changed") as refused:
            await world.admin.update_queue(queue, **change)
        assert refused.value.status_code == 400
