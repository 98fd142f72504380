from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage, ServiceBusMessageState, ServiceBusReceiveMode
from azure.servicebus.exceptions import MessageNotFoundError

from tests.support.service_bus import Bus, bodies, namespace

pytestmark = pytest.mark.asyncio(loop_scope="module")

DELETE: dict[str, Any] = {"receive_mode": ServiceBusReceiveMode.RECEIVE_AND_DELETE}
HOUR = timedelta(hours=1)
WINDOW = timedelta(minutes=10)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bus() -> AsyncIterator[Bus]:
    plan = namespace({"timers": {}, "once": {"RequiresDuplicateDetection": True}}, {"news": ["morning", "evening"]})
    async with Bus(plan) as bus:
        yield bus


def in_an_hour(bus: Bus) -> datetime:
    return datetime.fromtimestamp(bus.clock.now() / 1000, UTC) + HOUR


async def test_a_scheduled_message_arrives_when_it_is_due(bus: Bus) -> None:
    sender = await bus.sender("timers")

    (number,) = await sender.schedule_messages(ServiceBusMessage("ring"), in_an_hour(bus))
    waiting = bus.endpoint.counts()["timers"]
    too_early = await bus.receive_nothing("timers", **DELETE)
    bus.pass_time(HOUR)
    (message,) = await bus.receive("timers", **DELETE)

    assert (waiting.scheduled, waiting.active, too_early) == (1, 0, True)
    assert str(message) == "ring"
    assert (message.sequence_number or 0) > number


async def test_the_annotation_of_an_ordinary_send_schedules_too(bus: Bus) -> None:
    due = in_an_hour(bus)
    await bus.send("timers", ServiceBusMessage("ring", scheduled_enqueue_time_utc=due), "now")

    first = await bus.receive("timers", **DELETE)
    bus.pass_time(HOUR)
    second = await bus.receive("timers", **DELETE)

    assert (bodies(first), bodies(second)) == (["now"], ["ring"])
    assert second[0].scheduled_enqueue_time_utc == due.replace(microsecond=due.microsecond // 1000 * 1000)


async def test_a_scheduled_message_is_seen_by_peek(bus: Bus) -> None:
    sender = await bus.sender("timers")
    (number,) = await sender.schedule_messages(ServiceBusMessage("peeked"), in_an_hour(bus))

    (seen,) = await (await bus.receiver("timers")).peek_messages(5)

    assert (str(seen), seen.state) == ("peeked", ServiceBusMessageState.SCHEDULED)
    await sender.cancel_scheduled_messages(number)


async def test_a_cancelled_message_never_arrives_and_can_be_cancelled_once(bus: Bus) -> None:
    sender = await bus.sender("timers")
    numbers = await sender.schedule_messages([ServiceBusMessage("a"), ServiceBusMessage("b")], in_an_hour(bus))

    await sender.cancel_scheduled_messages(numbers[0])
    bus.pass_time(HOUR)

    with pytest.raises(MessageNotFoundError):
        await sender.cancel_scheduled_messages(numbers)
    assert bodies(await bus.receive("timers", 2, **DELETE)) == ["b"]


async def test_a_repeated_message_id_is_accepted_and_dropped_within_the_window(bus: Bus) -> None:
    for _ in range(2):
        await bus.send("once", ServiceBusMessage("same", message_id="id-1"))
    first = await bus.receive("once", 2, **DELETE)
    await bus.send("once", ServiceBusMessage("same", message_id="id-1"))
    consumed_long_ago = await bus.receive_nothing("once", **DELETE)
    bus.pass_time(WINDOW)
    await bus.send("once", ServiceBusMessage("same again", message_id="id-1"))
    later = await bus.receive("once", 2, **DELETE)

    assert (bodies(first), consumed_long_ago, bodies(later)) == (["same"], True, ["same again"])


async def test_a_repeated_message_id_is_dropped_among_scheduled_messages(bus: Bus) -> None:
    sender = await bus.sender("once")
    due = in_an_hour(bus)

    first = await sender.schedule_messages(ServiceBusMessage("timer", message_id="id-2"), due)
    second = await sender.schedule_messages(ServiceBusMessage("timer", message_id="id-2"), due)
    await bus.send("once", ServiceBusMessage("timer", message_id="id-2"))
    bus.pass_time(HOUR)

    assert first == second
    assert bodies(await bus.receive("once", 3, **DELETE)) == ["timer"]


async def test_every_subscription_gets_a_copy_and_settles_it_alone(bus: Bus) -> None:
    sender = await bus.sender("news")

    await sender.send_messages([ServiceBusMessage("one"), ServiceBusMessage("two")])
    await sender.schedule_messages(ServiceBusMessage("three"), in_an_hour(bus))
    bus.pass_time(HOUR)
    morning = await bus.receive("news/morning", 3, **DELETE)
    evening = await bus.receive("news/evening", 3, **DELETE)

    assert bodies(morning) == bodies(evening) == ["one", "two", "three"]
