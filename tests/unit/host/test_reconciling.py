import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import orjson
import pytest

from durable import SagaContext, Timeouts, saga
from durable.control import ActivityHeartbeat
from durable.messages import INSTANCES, Command, Message
from durable.ports import Broker, Receiver, SessionReceiver
from durable.status import Status
from orchestrator.host.reconciling import UNSTARTED
from tests.support.host_sagas import ADD_ONE, SAGAS, SECOND, Number
from tests.support.host_world import PARTITION, HostWorld
from tests.support.lives_sagas import family, step
from tests.support.ports_with_faults import FaultyBroker

HOUR = timedelta(hours=1)


@saga("timed")
async def timed(ctx: SagaContext, start: Number) -> Number:
    return await ctx.call(ADD_ONE, start, timeouts=Timeouts(schedule_to_start=30 * SECOND))


@dataclass
class LosingBroker:
    """Loses the first messages of which it is told to."""

    broker: Broker
    loses: Callable[[str, dict[str, object]], bool]
    most: int = 1
    lost: list[Message] = field(default_factory=list)

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        kept = []
        for message in messages:
            if len(self.lost) < self.most and self.loses(destination, orjson.loads(message.body)):
                self.lost.append(message)
            else:
                kept.append(message)
        if kept:
            await self.broker.send(destination, kept)

    async def receiver(self, source: str) -> Receiver:
        return await self.broker.receiver(source)

    async def session(self, queue: str, session: str) -> SessionReceiver:
        return await self.broker.session(queue, session)

    async def close(self) -> None: ...


def a_world() -> HostWorld:
    return HostWorld(sagas=(*SAGAS, timed, step, family))


def of_kind(kind: str) -> Callable[[str, dict[str, object]], bool]:
    return lambda destination, body: destination == INSTANCES and body.get("kind") == kind


def command(destination: str, _body: dict[str, object]) -> bool:
    return destination.startswith("commands.")


@pytest.mark.parametrize(
    ("name", "loses", "output"),
    [
        ("sleeping", of_kind("TimerFired"), {"value": 2}),
        ("step", command, {"value": 2}),
        ("family", of_kind("SagaStarted"), {"value": 1}),
        ("family", of_kind("ChildCompleted"), {"value": 1}),
    ],
    ids=["a timer", "a command", "the start of a child", "the outcome of a child"],
)
async def test_what_was_lost_is_sent_again(
    name: str, loses: Callable[[str, dict[str, object]], bool], output: object
) -> None:
    world = a_world()
    broker = LosingBroker(world.broker, loses)
    async with world.working(), world.hosting(world.ports(broker)):
        await world.start(name, {"value": 1})
        head = await world.ended()

    assert len(broker.lost) == 1
    assert (head.status, head.output) == (Status.COMPLETED, output)
    await world.check()


async def test_what_an_owner_before_lost_is_sent_again_by_the_next() -> None:
    world = a_world()
    broker = LosingBroker(world.broker, of_kind("TimerFired"))
    async with world.hosting(world.ports(broker)):
        await world.start("sleeping", {"value": 1})
        await world.until(world.turns)
    await asyncio.sleep(HOUR.total_seconds())
    async with world.working(), world.hosting():
        head = await world.ended()

    assert len(broker.lost) == 1
    assert head.status is Status.COMPLETED


async def test_a_lost_time_out_is_sent_again() -> None:
    world = a_world()
    broker = LosingBroker(world.broker, of_kind("ActivityFailed"))
    async with world.hosting(world.ports(broker)):
        await world.start("timed", {"value": 1})
        head = await world.ended()

    assert len(broker.lost) == 1
    assert head.failure is not None
    assert "did not start by" in head.failure.message


async def commands(world: HostWorld) -> list[Command]:
    receiver = await world.broker.receiver("commands.steps")
    found = await receiver.receive(100, SECOND)
    await receiver.complete(found)
    await receiver.close()
    return [Command.from_message(each.body, each.properties) for each in found]


async def test_a_command_is_sent_again_at_ever_longer_intervals_and_says_so() -> None:
    world = a_world()
    async with world.hosting():
        await world.start("step", {"value": 1})
        await asyncio.sleep((UNSTARTED + 3 * HOUR).total_seconds())
        first, *again = await commands(world)

    assert not first.resent
    assert 2 <= len(again) <= 5
    assert all(one.resent and replace(one, resent=False) == first for one in again)


async def test_a_command_of_which_its_worker_was_heard_is_not_sent_again() -> None:
    world = a_world()
    async with world.hosting():
        await world.start("step", {"value": 1})
        await asyncio.sleep(1)
        (one,) = await commands(world)
        beat = ActivityHeartbeat(
            "beat", one.instance_id, one.run, one.execution, one.task_id, one.attempt, one.activity, None, "w", "c"
        )
        await world.broker.send(INSTANCES, [beat.to_message(PARTITION)])
        await asyncio.sleep((UNSTARTED + 3 * HOUR).total_seconds())

        assert await commands(world) == []


async def test_what_waits_as_it_should_is_left_alone() -> None:
    world = a_world()
    broker = FaultyBroker(world.broker, [])
    async with world.hosting(world.ports(broker)):
        await world.start("waiting")
        await world.until(world.turns)
        await asyncio.sleep(1)
        before = len(broker.calls)
        await asyncio.sleep((3 * HOUR).total_seconds())

        assert len(broker.calls) == before
    assert len(await world.turns()) == 1
