"""What a queue may be called, be and become."""

from datetime import timedelta

import pytest
from azure.core.exceptions import HttpResponseError
from azure.servicebus.aio.management import ServiceBusAdministrationClient

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus
from tests.conformance.servicebus.entities import Name, queue

limits = Area("limits of queues", "ServiceBusAdministrationClient", "administration")

NAMES = "Service Bus quotas"


@limits.case(queue())
async def sessions_can_not_be_switched_on_later(bus: Bus, orders: str) -> None:
    """Whether a queue requires sessions or detects duplicates can't be changed."""
    for name in ("requires_session", "requires_duplicate_detection"):
        with pytest.raises(HttpResponseError):
            await bus.admin.update_queue(await bus.admin.get_queue(orders), **{name: True})


@limits.case(Name())
async def a_lock_lasts_five_minutes_at_most(bus: Bus, orders: str) -> None:
    with pytest.raises(HttpResponseError):
        await bus.admin.create_queue(orders, lock_duration=timedelta(minutes=6))

    await bus.admin.create_queue(orders, lock_duration=timedelta(minutes=5))


@limits.case(Name())
async def a_queue_allows_one_delivery_at_least(bus: Bus, orders: str) -> None:
    with pytest.raises(HttpResponseError):
        await bus.admin.create_queue(orders, max_delivery_count=0)


@limits.case(Name(), documented="Duplicate detection")
async def a_duplicate_window_lasts_from_20_seconds_to_7_days(bus: Bus, orders: str) -> None:
    """A window of duplicate detection lasts from 20 seconds to 7 days."""
    for window in (timedelta(seconds=19), timedelta(days=8)):
        with pytest.raises(HttpResponseError):
            await bus.admin.create_queue(
                orders, requires_duplicate_detection=True, duplicate_detection_history_time_window=window
            )


@limits.case(Name(), documented="Message expiration (Time to Live)")
async def a_queue_is_idle_for_five_minutes_at_least_before_it_goes(bus: Bus, orders: str) -> None:
    """The idle time after which a queue is deleted is 5 minutes or more."""
    with pytest.raises(HttpResponseError):
        await bus.admin.create_queue(orders, auto_delete_on_idle=timedelta(minutes=4))


@limits.case(Name(), documented=NAMES)
async def a_name_may_have_dots_dashes_underscores_and_slashes(bus: Bus, prefix: str) -> None:
    name = f"{prefix}/a.-_1"
    await bus.admin.create_queue(name)

    assert (await bus.admin.get_queue(name)).name == name
    await bus.admin.delete_queue(name)


@limits.case(Name(), documented=NAMES)
async def a_name_has_260_characters_at_most(bus: Bus, prefix: str) -> None:
    with pytest.raises(HttpResponseError):
        await bus.admin.create_queue(prefix + "x" * 260)


@limits.case(Name(), documented=NAMES)
async def a_name_with_other_characters_is_refused(bus: Bus, prefix: str) -> None:
    with pytest.raises(HttpResponseError):
        await bus.admin.create_queue(f"{prefix}*")


@limits.case(Name(), documented="Chaining Service Bus entities with autoforwarding")
async def a_destination_must_be_there_before_its_source(bus: Bus, orders: str) -> None:
    with pytest.raises(HttpResponseError):
        await bus.admin.create_queue(orders, forward_to=f"{orders}-nowhere")


@limits.case(Name(), documented="Chaining Service Bus entities with autoforwarding")
async def a_queue_with_sessions_can_not_forward(bus: Bus, orders: str) -> None:
    """A queue with sessions can't forward."""
    await bus.admin.create_queue(orders)

    with pytest.raises(HttpResponseError):
        await bus.admin.create_queue(f"{orders}-2", requires_session=True, forward_to=orders)


@limits.case()
async def a_wrong_key_administers_nothing(bus: Bus) -> None:
    parts = dict(each.split("=", 1) for each in bus.connection_string.strip(";").split(";"))
    host = bus.admin.fully_qualified_namespace
    name, key = parts["SharedAccessKeyName"], "d3Jvbmc="
    text = f"Endpoint=sb://{host}/;SharedAccessKeyName={name};SharedAccessKey={key}"
    client = ServiceBusAdministrationClient.from_connection_string(text, **bus.admin_options)

    async with client:
        with pytest.raises(HttpResponseError):
            await client.get_namespace_properties()
