from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from azure.servicebus import ServiceBusSubQueue
from azure.servicebus.exceptions import ServiceBusError

from tests.support.hurried_sdk import hurry_sdk
from tests.support.service_bus import WAIT, Bus, bodies, namespace

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bus() -> AsyncIterator[Bus]:
    queues: dict[str, dict[str, object]] = {
        "first": {"ForwardTo": "second"},
        "second": {"ForwardDeadLetteredMessagesTo": "graves"},
        "graves": {},
        "sessions": {"RequiresSession": True},
        "misled": {"ForwardTo": "sessions"},
    }
    with pytest.MonkeyPatch.context() as patch:
        hurry_sdk(patch)
        async with Bus(namespace(queues)) as bus:
            yield bus


async def test_a_forwarded_message_arrives_and_its_dead_letter_goes_on(bus: Bus) -> None:
    await bus.send("first", "hello")
    receiver = await bus.receiver("second")
    (message,) = await receiver.receive_messages(1, max_wait_time=WAIT)

    await receiver.dead_letter_message(message, reason="Poison", error_description="It was bad.")
    (dead,) = await bus.receive("graves")

    assert (str(message), str(dead)) == ("hello", "hello")
    assert (dead.dead_letter_reason, dead.dead_letter_error_description) == ("Poison", "It was bad.")
    assert dead.dead_letter_source == "second"


async def test_a_forwarded_message_remembers_the_number_that_it_had_first(bus: Bus) -> None:
    await bus.send("second", "sent here")
    await bus.send("first", "sent there")

    here, there = await bus.receive("second", 2)

    assert here.enqueued_sequence_number == 0
    assert there.enqueued_sequence_number == 2
    assert (here.sequence_number, there.sequence_number) == (2, 3)


async def test_a_queue_that_forwards_can_not_be_received_from(bus: Bus) -> None:
    receiver = bus.new_receiver("first")

    with pytest.raises(ServiceBusError, match="auto-forwarding"):
        await receiver.__aenter__()


async def test_what_can_not_be_forwarded_is_in_the_transfer_dead_letter_queue(bus: Bus) -> None:
    await bus.send("misled", "lost")

    dead = await bus.receive("misled", sub_queue=ServiceBusSubQueue.TRANSFER_DEAD_LETTER)

    assert bodies(dead) == ["lost"]
    assert dead[0].dead_letter_reason == "NotAllowed"
