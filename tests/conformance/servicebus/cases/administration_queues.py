"""Queues made, told, changed and deleted by the administration client."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.servicebus.management import AccessRights, AuthorizationRule, EntityStatus

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus
from tests.conformance.servicebus.entities import Name, queue, topic

queues = Area("administration of queues", "ServiceBusAdministrationClient", "administration")

NAMES = "Service Bus quotas"


@queues.case(Name())
async def a_queue_that_is_made_can_be_used_at_once(bus: Bus, orders: str) -> None:
    made = await bus.admin.create_queue(orders)

    assert made.name == orders
    await bus.send(orders, "one")
    assert await bus.complete_all(orders, 1) == ["one"]


@queues.case(Name())
async def a_queue_has_the_defaults_of_the_service(bus: Bus, orders: str) -> None:
    """A queue has a lock of a minute, 10 deliveries, no sessions, no duplicate detection and no time to live."""
    await bus.admin.create_queue(orders)

    found = await bus.admin.get_queue(orders)

    assert (found.lock_duration, found.max_delivery_count) == (timedelta(minutes=1), 10)
    assert (found.requires_session, found.requires_duplicate_detection) == (False, False)
    assert found.dead_lettering_on_message_expiration is False
    assert isinstance(found.default_message_time_to_live, timedelta)
    assert found.default_message_time_to_live > timedelta(days=10_000_000)
    assert (found.status, found.availability_status) == (EntityStatus.ACTIVE, "Available")


_PROPERTIES: dict[str, Any] = {
    "auto_delete_on_idle": timedelta(minutes=10),
    "dead_lettering_on_message_expiration": True,
    "default_message_time_to_live": timedelta(minutes=11),
    "duplicate_detection_history_time_window": timedelta(minutes=12),
    "enable_batched_operations": True,
    "lock_duration": timedelta(seconds=13),
    "max_delivery_count": 14,
    "max_size_in_megabytes": 3072,
    "requires_session": True,
    "user_metadata": "known to us",
}


@queues.case(Name())
async def every_property_of_a_queue_is_kept(bus: Bus, orders: str) -> None:
    await bus.admin.create_queue(orders, **_PROPERTIES)

    found = await bus.admin.get_queue(orders)

    assert {name: getattr(found, name) for name in _PROPERTIES} == _PROPERTIES


@queues.case(queue())
async def a_queue_that_is_there_is_not_made_again(bus: Bus, orders: str) -> None:
    with pytest.raises(ResourceExistsError):
        await bus.admin.create_queue(orders)


@queues.case(queue())
async def a_queue_is_found_in_any_case_of_its_name(bus: Bus, orders: str) -> None:
    with pytest.raises(ResourceExistsError):
        await bus.admin.create_queue(orders.upper())


@queues.case(topic())
async def a_queue_can_not_have_the_name_of_a_topic(bus: Bus, news: str) -> None:
    """A queue can't have the name of a topic."""
    with pytest.raises(ResourceExistsError):
        await bus.admin.create_queue(news)


@queues.case(Name())
async def a_queue_that_is_not_there_is_an_error(bus: Bus, orders: str) -> None:
    """A queue that is not there can be neither told, changed nor deleted."""
    with pytest.raises(ResourceNotFoundError):
        await bus.admin.get_queue(orders)
    with pytest.raises(ResourceNotFoundError):
        await bus.admin.delete_queue(orders)
    with pytest.raises(ResourceNotFoundError):
        await bus.admin.get_queue_runtime_properties(orders)


@queues.case(queue())
async def a_deleted_queue_is_gone_with_its_messages(bus: Bus, orders: str) -> None:
    await bus.admin.delete_queue(orders)
    with pytest.raises(ResourceNotFoundError):
        await bus.admin.get_queue(orders)

    await bus.admin.create_queue(orders)

    assert await bus.peek(orders) == []


@queues.case(queue())
async def queues_are_listed(bus: Bus, orders: str) -> None:
    assert orders in {each.name async for each in bus.admin.list_queues()}
    assert orders in {each.name async for each in bus.admin.list_queues_runtime_properties()}


@queues.case(topic())
async def topics_are_not_listed_among_queues(bus: Bus, news: str) -> None:
    assert news not in {each.name async for each in bus.admin.list_queues()}


@queues.case(queue())
async def an_update_changes_what_it_names(bus: Bus, orders: str) -> None:
    properties = await bus.admin.get_queue(orders)
    properties.lock_duration = timedelta(minutes=2)
    properties.max_delivery_count = 3

    await bus.admin.update_queue(properties)

    found = await bus.admin.get_queue(orders)
    assert (found.lock_duration, found.max_delivery_count) == (timedelta(minutes=2), 3)
    assert found.dead_lettering_on_message_expiration is False


@queues.case(queue())
async def an_update_may_be_told_by_names(bus: Bus, orders: str) -> None:
    """An update may name single properties beside what the queue has."""
    await bus.admin.update_queue(await bus.admin.get_queue(orders), max_delivery_count=3)

    assert (await bus.admin.get_queue(orders)).max_delivery_count == 3


@queues.case(queue())
async def a_new_queue_counts_nothing(bus: Bus, orders: str) -> None:
    found = await bus.admin.get_queue_runtime_properties(orders)

    counts = (found.total_message_count, found.transfer_message_count, found.transfer_dead_letter_message_count)
    assert (counts, found.size_in_bytes) == ((0, 0, 0), 0)


@queues.case(Name())
async def a_queue_knows_when_it_was_made_and_changed(bus: Bus, orders: str) -> None:
    before = datetime.now(UTC) - timedelta(minutes=5)
    await bus.admin.create_queue(orders)

    found = await bus.admin.get_queue_runtime_properties(orders)

    assert found.created_at_utc is not None
    assert found.updated_at_utc is not None
    assert before < found.created_at_utc.replace(tzinfo=UTC) < before + timedelta(minutes=10)
    assert found.updated_at_utc >= found.created_at_utc


@queues.case(Name(), documented="Service Bus access control with shared access signatures")
async def authorization_rules_are_kept(bus: Bus, orders: str) -> None:
    rule = AuthorizationRule(
        type="SharedAccessAuthorizationRule",
        claim_type="SharedAccessKey",
        claim_value="None",
        key_name="listeners",
        primary_key="dGhlIHByaW1hcnkga2V5IG9mIHRoaXMgcnVsZSwgbG9uZz0=",
        secondary_key="dGhlIHNlY29uZGFyeSBrZXkgb2YgdGhpcyBydWxlLCBsbz0=",
        rights=[AccessRights.LISTEN],
    )
    await bus.admin.create_queue(orders, authorization_rules=[rule])

    (found,) = (await bus.admin.get_queue(orders)).authorization_rules or []

    assert (found.key_name, found.rights) == ("listeners", [AccessRights.LISTEN])


@queues.case()
async def the_namespace_tells_its_name_and_tier(bus: Bus) -> None:
    found = await bus.admin.get_namespace_properties()

    assert found.name
    assert found.messaging_sku in {"Basic", "Standard", "Premium"}
