import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from durable.errors import BrokerUnavailable, RefusedError
from durable.events import ActivityFailed, EventReceived
from durable.failure import COMMAND_DEAD_LETTERED
from durable.messages import INSTANCES, InstanceMessage, Message
from durable.ports import DEAD_LETTER, DEAD_LETTER_REASON, Delivery
from durable.status import Status
from orchestrator.dead_letters import EXPIRED, TOO_OFTEN, DeadLetters
from tests.support.host_world import PARTITION, QUEUES, HostWorld
from tests.support.ports_with_faults import FaultyBroker

COMMANDS = "commands.steps"


@asynccontextmanager
async def draining(world: HostWorld, broker: FaultyBroker | None = None) -> AsyncIterator[None]:
    running = asyncio.create_task(DeadLetters(broker or world.broker, QUEUES, 1).run())
    yield
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def give_up(world: HostWorld, reason: str, queue: str = COMMANDS) -> None:
    """Dead-letter the next message of a queue for a reason."""
    session = queue == INSTANCES
    receiver = await (world.broker.session(queue, PARTITION) if session else world.broker.receiver(queue))
    (delivery,) = await receiver.receive(1, timedelta(hours=1))
    await receiver.dead_letter(delivery, reason, "as a test wants it")
    await receiver.close()


async def dead_letters(world: HostWorld, queue: str) -> list[Delivery]:
    receiver = await world.broker.receiver(queue + DEAD_LETTER)
    found = list(await receiver.receive(100, timedelta(seconds=1)))
    for each in found:
        await receiver.abandon(each)
    await receiver.close()
    return found


async def failures(world: HostWorld) -> list[ActivityFailed]:
    return [event for event in await world.history() if isinstance(event, ActivityFailed)]


async def test_a_command_that_workers_gave_up_fails_its_call_and_says_why() -> None:
    world = HostWorld()
    async with world.hosting(), draining(world):
        await world.start("retrying", {"value": 1})
        receiver = await world.broker.receiver(COMMANDS)
        for _ in range(10):
            (delivery,) = await receiver.receive(1, timedelta(hours=1))
            await receiver.abandon(delivery)
        head = await world.ended()

    (failed,) = await failures(world)
    assert head.status is Status.FAILED
    assert failed.failure.type == COMMAND_DEAD_LETTERED
    assert not failed.failure.retryable
    assert failed.failure.details == {
        "reason": TOO_OFTEN,
        "description": "delivered 10 times without being settled",
        "deliveries": 10,
    }
    assert await dead_letters(world, COMMANDS) == []
    await world.check()


async def test_a_command_that_expired_is_tried_again() -> None:
    world = HostWorld()
    async with world.hosting(), draining(world):
        await world.start("retrying", {"value": 1})
        await give_up(world, EXPIRED)
        await give_up(world, EXPIRED)
        await give_up(world, EXPIRED)
        head = await world.ended()

    assert head.status is Status.FAILED
    assert [(failed.attempt, failed.failure.retryable) for failed in await failures(world)] == [
        (1, True),
        (2, True),
        (3, True),
    ]


async def test_what_is_no_command_stays_for_a_person_and_hinders_nobody() -> None:
    world = HostWorld()
    for number in range(3):
        await world.broker.send(COMMANDS, [Message(b"no command", f"bad {number}")])
        await give_up(world, "Undecodable")
    async with world.hosting(), draining(world):
        await world.start("chain", {"value": 1})
        await give_up(world, TOO_OFTEN)
        head = await world.ended()
        await asyncio.sleep(600)

    assert head.status is Status.FAILED
    assert [each.id for each in await dead_letters(world, COMMANDS)] == ["bad 0", "bad 1", "bad 2"]


async def test_a_message_to_an_instance_that_was_delivered_too_often_is_sent_again() -> None:
    world = HostWorld()
    await world.start("chain", {"value": 1})
    await give_up(world, TOO_OFTEN, INSTANCES)
    async with world.working(), world.hosting(), draining(world):
        head = await world.ended()

    assert head.output == {"value": 6}
    assert await dead_letters(world, INSTANCES) == []


@pytest.mark.parametrize("reason", ["ForeignPartition", "Undecodable", "ParkedExpired"])
async def test_what_a_partition_host_refused_stays_for_a_person(reason: str) -> None:
    world = HostWorld()
    await world.tell(InstanceMessage("event", "a", EventReceived(name="number")))
    await give_up(world, reason, INSTANCES)
    async with world.hosting(), draining(world):
        await asyncio.sleep(600)

    (left,) = await dead_letters(world, INSTANCES)
    assert left.properties[DEAD_LETTER_REASON] == reason


async def test_what_no_session_can_carry_stays_and_hinders_nobody() -> None:
    world = HostWorld()
    broker = FaultyBroker(world.broker, [RefusedError("one of them")] * 2, only=INSTANCES)
    for value in range(2):
        await world.start("chain", {"value": 1}, id=f"a{value}")
        await give_up(world, TOO_OFTEN, INSTANCES)
    async with draining(world, broker):
        await asyncio.sleep(600)

    receiver = await world.broker.session(INSTANCES, PARTITION)
    assert len(await receiver.receive(10, timedelta(0))) == 2


async def test_a_failure_that_was_sent_before_the_drain_died_is_taken_once() -> None:
    world = HostWorld()
    async with world.hosting():
        await world.start("retrying", {"value": 1})
        await give_up(world, TOO_OFTEN)
        receiver = await world.broker.receiver(COMMANDS + DEAD_LETTER)
        (dead,) = await receiver.receive(1, timedelta(seconds=1))
        async with draining(world):
            await asyncio.sleep(1)
        await receiver.abandon(dead)
        async with draining(world):
            await world.ended()
            await asyncio.sleep(60)

    assert len(await failures(world)) == 1
    assert await dead_letters(world, COMMANDS) == []
    await world.check()


async def test_dead_letters_wait_while_the_broker_is_away() -> None:
    world = HostWorld()
    await world.start("chain", {"value": 1})
    await give_up(world, TOO_OFTEN, INSTANCES)
    broker = FaultyBroker(world.broker, [BrokerUnavailable("away")] * 3)
    async with world.working(), world.hosting(), draining(world, broker):
        head = await world.ended()

    assert head.output == {"value": 6}
