import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import cast

import pytest

from durable.errors import BrokerUnavailable, LockLost, MessageTooLarge
from durable.ids import message_id, run_id
from durable.messages import INSTANCES
from durable.ports import Create, Delivery, SessionReceiver
from durable.status import Status
from durable.telemetry.tracing import recording
from orchestrator.heads import Head, encode_head
from orchestrator.host.dispatch import BUSY, SETTLE_WITHIN, Dispatcher, Sending
from orchestrator.host.partition import PartitionHost
from orchestrator.host.pending import DUE_AFTER, LOOK_EVERY
from tests.support.host_world import PARTITION, HostWorld
from tests.support.ports_with_faults import FaultyBroker

COMMANDS = "commands.steps"


def away(world: HostWorld, times: int) -> FaultyBroker:
    return FaultyBroker(world.broker, [BrokerUnavailable("away")] * times, only=COMMANDS)


async def test_a_destination_that_does_not_answer_is_tried_again_and_nobody_notices() -> None:
    world = HostWorld()
    broker = away(world, 3)
    async with world.working(), world.hosting(world.ports(broker)):
        await world.start("chain", {"value": 1})
        head = await world.ended()

    assert head.output == {"value": 6}
    assert [destination for destination, _ in broker.calls].count(COMMANDS) == 5 + 3
    await world.check()


async def test_while_one_destination_does_not_answer_the_others_are_served() -> None:
    world = HostWorld()
    broker = away(world, 1000)
    async with world.hosting(world.ports(broker)):
        await world.start("chain", {"value": 1}, id="held-up")
        await world.until(lambda: world.turns("held-up"))
        await world.start("waiting", id="neighbour")
        await world.raise_event("number", {"value": 4}, "neighbour", "first")
        await world.raise_event("number", {"value": 2}, "neighbour", "second")
        neighbour = await world.ended("neighbour")

    assert neighbour.output == {"value": 42}


async def test_inputs_unsettled_for_a_minute_make_the_host_give_the_session_up() -> None:
    world = HostWorld()
    broker = away(world, 1000)
    host = PartitionHost(world.ports(broker), await broker.session(INSTANCES, PARTITION))
    await world.start("chain", {"value": 1})
    began = asyncio.get_running_loop().time()

    with pytest.raises(LockLost, match="inputs unsettled for more than"):
        await host.serve(lambda: None)

    took = asyncio.get_running_loop().time() - began
    assert SETTLE_WITHIN.total_seconds() < took < SETTLE_WITHIN.total_seconds() + 10
    async with world.working(), world.hosting():
        assert (await world.ended()).status is Status.COMPLETED
    await world.check()


async def test_a_command_that_is_too_large_fails_its_task_alone() -> None:
    world = HostWorld()
    broker = FaultyBroker(world.broker, [MessageTooLarge("expected less")], only=COMMANDS)
    async with world.working(), world.hosting(world.ports(broker)):
        await world.start("chain", {"value": 1}, id="large")
        large = await world.ended("large")
        await world.start("chain", {"value": 1}, id="neighbour")
        neighbour = await world.ended("neighbour")

    assert large.status is Status.FAILED
    assert large.failure is not None
    assert "command to commands.steps not sent: expected less" in large.failure.message
    assert neighbour.status is Status.COMPLETED
    await world.check("large")


async def test_the_start_of_a_head_that_stays_pending_is_sent_again_once_it_is_due() -> None:
    world = HostWorld()
    start, now = message_id("a", "", "SagaStarted", "asked"), world.clock.now()
    head = Head("a", PARTITION, "chain", "1", Status.PENDING, run_id(start), start, now, now, input={"value": 1})
    await world.store.write(PARTITION, [Create(encode_head(head))])

    async with world.working(), world.hosting():
        ended = await world.ended()

    assert ended.output == {"value": 6}
    assert DUE_AFTER <= ended.updated_at - now <= DUE_AFTER + 2 * LOOK_EVERY
    await world.check()


async def test_the_start_of_a_delayed_head_is_not_sent_before_its_time() -> None:
    world = HostWorld()
    start, now = message_id("a", "", "SagaStarted", "asked"), world.clock.now()
    due = now + timedelta(minutes=10)
    head = Head(
        "a", PARTITION, "chain", "1", Status.PENDING, run_id(start), start, now, now, input={"value": 1}, due=due
    )
    await world.store.write(PARTITION, [Create(encode_head(head))])

    async with world.working(), world.hosting():
        ended = await world.ended()

    assert DUE_AFTER <= ended.updated_at - due <= DUE_AFTER + 2 * LOOK_EVERY


class SlowToSettle:
    """A receiver that takes a while to settle."""

    async def complete(self, deliveries: Sequence[Delivery]) -> None:
        await asyncio.sleep(0.02)


async def test_a_busy_round_that_settles_later_lasts_as_long_as_settling_takes() -> None:
    tracing, _ = recording()
    world, receiver = HostWorld(), SlowToSettle()
    dispatcher = Dispatcher(world.broker, cast("SessionReceiver", receiver), tracing)
    delivery, now = cast("Delivery", object()), asyncio.get_running_loop().time

    async def seconds(inputs: int) -> float:
        began = now()
        await dispatcher.dispatch(Sending(inputs=[delivery] * inputs))
        took = now() - began
        await dispatcher.settled()
        return took

    assert await seconds(BUSY) == 0  # Nothing is known of settling yet.
    assert await seconds(BUSY) == pytest.approx(0.02)
    assert await seconds(1) == 0
