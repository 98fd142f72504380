from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusMessage, ServiceBusMessageState, ServiceBusReceiveMode
from azure.servicebus.exceptions import ServiceBusQuotaExceededError

from tests.support.hurried_sdk import hurry_sdk
from tests.support.service_bus import WAIT, Bus, bodies, namespace

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bus() -> AsyncIterator[Bus]:
    plan = namespace({"small": {"MaxSizeInMegabytes": 1}, "states": {}, "sessions": {"RequiresSession": True}})
    with pytest.MonkeyPatch.context() as patch:
        hurry_sdk(patch)
        async with Bus(plan) as bus:
            yield bus


async def test_a_full_queue_refuses_with_the_error_of_the_quota(bus: Bus) -> None:
    for _ in range(5):
        await bus.send("small", "x" * 220_000)

    with pytest.raises(ServiceBusQuotaExceededError, match="maximum entity size"):
        await bus.send("small", "one more")


async def test_peek_shows_messages_in_every_state(bus: Bus) -> None:
    later = ServiceBusMessage("scheduled", scheduled_enqueue_time_utc=datetime.now(UTC) + timedelta(hours=1))
    await bus.send("states", "deferred", "locked", "active", later)
    receiver = await bus.receiver("states")
    first, _ = await receiver.receive_messages(2, max_wait_time=WAIT)
    await receiver.defer_message(first)

    peeked = await receiver.peek_messages(10, sequence_number=1)

    assert [(str(message), message.state) for message in peeked] == [
        ("deferred", ServiceBusMessageState.DEFERRED),
        ("locked", ServiceBusMessageState.ACTIVE),
        ("active", ServiceBusMessageState.ACTIVE),
        ("scheduled", ServiceBusMessageState.SCHEDULED),
    ]


async def test_a_receiver_of_a_session_may_delete_what_it_receives(bus: Bus) -> None:
    await bus.send("sessions", *(ServiceBusMessage(text, session_id="s") for text in "abc"))
    mode = ServiceBusReceiveMode.RECEIVE_AND_DELETE
    receiver = bus.new_receiver("sessions", session_id="s", receive_mode=mode)

    messages = await receiver.receive_messages(3, max_wait_time=WAIT)

    assert bodies(messages) == ["a", "b", "c"]
    assert bus.endpoint.counts()["sessions"].active == 0
    assert await receiver.peek_messages(1) == []


async def test_sessions_are_listed_by_when_their_state_was_set(bus: Bus) -> None:
    receiver = await bus.receiver("sessions", session_id="stateful")
    await receiver.session.set_state(b"state")
    await bus.send("sessions", ServiceBusMessage("no state", session_id="waiting"))

    async def listed(span: timedelta) -> list[str]:
        since = datetime.now(UTC) + span
        return [name async for name in bus.client.list_queue_sessions("sessions", state_updated_after=since)]

    assert await listed(-timedelta(minutes=1)) == ["stateful"]
    assert await listed(timedelta(minutes=1)) == []
