from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.exceptions import ServiceBusError

from tests.support.hurried_sdk import hurry_sdk
from tests.support.service_bus import BRIEFLY, VALUES, Bus, bodies, delete_messages, namespace

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bus() -> AsyncIterator[Bus]:
    names = ("some", "old", "locked", "other-states", "nothing", "too-many", "buried")
    with pytest.MonkeyPatch.context() as patch:
        hurry_sdk(patch)
        async with Bus(namespace({name: {} for name in names} | {"sessions": {"RequiresSession": True}})) as bus:
            yield bus


async def left(bus: Bus, queue: str, **options: Any) -> list[str]:
    receiver = await bus.receiver(queue, **options)
    return bodies(await receiver.peek_messages(20, sequence_number=1))


async def test_the_oldest_messages_are_deleted(bus: Bus) -> None:
    await bus.send("some", *"abcde")

    deleted = await delete_messages(await bus.receiver("some"), 3)

    assert (deleted, await left(bus, "some")) == (3, ["d", "e"])


async def test_only_what_was_enqueued_before_a_time_is_deleted(bus: Bus) -> None:
    await bus.send("old", "old")
    bus.pass_time(timedelta(minutes=1))
    before = VALUES.amqp_timestamp_value(bus.clock.now() - 30_000)
    await bus.send("old", "new")

    deleted = await delete_messages(await bus.receiver("old"), 10, enqueued_time_utc=before)

    assert (deleted, await left(bus, "old")) == (1, ["new"])


async def test_what_a_receiver_has_locked_stays(bus: Bus) -> None:
    await bus.send("locked", "held", "free")
    receiver = await bus.receiver("locked")
    (held,) = await receiver.receive_messages(1, max_wait_time=BRIEFLY)

    assert await delete_messages(receiver, 10) == 1
    assert await left(bus, "locked") == ["held"]
    await receiver.complete_message(held)


async def test_what_is_deferred_or_scheduled_stays(bus: Bus) -> None:
    await bus.send("other-states", "deferred")
    receiver = await bus.receiver("other-states")
    (message,) = await receiver.receive_messages(1, max_wait_time=BRIEFLY)
    await receiver.defer_message(message)
    sender = await bus.sender("other-states")
    await sender.schedule_messages(ServiceBusMessage("scheduled"), datetime.now(UTC) + timedelta(hours=1))

    assert await delete_messages(receiver, 10) == 0
    assert await left(bus, "other-states") == ["deferred", "scheduled"]


async def test_nothing_to_delete_is_no_error(bus: Bus) -> None:
    assert await delete_messages(await bus.receiver("nothing"), 1) == 0


async def test_only_the_messages_of_the_held_session_are_deleted(bus: Bus) -> None:
    await bus.send("sessions", *(ServiceBusMessage(text, session_id=text[0]) for text in ("a1", "b1", "a2")))
    receiver = await bus.receiver("sessions", session_id="a")

    assert await delete_messages(receiver, 10, session_id="a") == 2
    assert await left(bus, "sessions", session_id="b") == ["b1"]


async def test_dead_letters_can_be_deleted(bus: Bus) -> None:
    await bus.send("buried", "x")
    receiver = await bus.receiver("buried")
    (message,) = await receiver.receive_messages(1, max_wait_time=BRIEFLY)
    await receiver.dead_letter_message(message)

    dead = await bus.receiver("buried", sub_queue=ServiceBusSubQueue.DEAD_LETTER)

    assert await delete_messages(dead, 10) == 1


@pytest.mark.parametrize("count", [0, 501])
async def test_one_request_deletes_500_messages_at_most(bus: Bus, count: int) -> None:
    def read(status: int, message: Any, description: Any, amqp_transport: Any) -> None:
        condition = message.application_properties.get(b"errorCondition")
        assert condition == b"com.microsoft:argument-out-of-range"
        raise ServiceBusError(str(description))

    receiver: Any = await bus.receiver("too-many")
    body = {"message-count": VALUES.amqp_int_value(count)}
    with pytest.raises(ServiceBusError, match="from 1 to 500"):
        await receiver._mgmt_request_response_with_retry(b"com.microsoft:batch-delete-messages", body, read)
