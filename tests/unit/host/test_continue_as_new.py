import asyncio

import pytest

from durable.events import ContinuedAsNew, SagaStarted
from durable.ids import message_id
from durable.messages import InstanceMessage
from durable.status import Status
from orchestrator.host.rounds import EXECUTIONS_MAX
from tests.support.host_world import LOCK, HostWorld
from tests.support.lives_sagas import ALL_BITS, LIVES, laps, spinning, tally
from tests.unit.host.test_crashes import live_and_die, nothing_left

BITS = [1 << place for place in range(10)]


async def test_each_execution_begins_where_the_one_before_left_off() -> None:
    world = HostWorld(sagas=LIVES)
    async with world.working(), world.hosting():
        await world.start(laps, {"value": 3})
        head = await world.ended()
    first, last = await world.history(), await world.history(execution=4)

    assert (head.status, head.output, head.execution) == (Status.COMPLETED, {"value": 0}, 4)
    assert isinstance(first[-1], ContinuedAsNew)
    assert isinstance(last[0], SagaStarted)
    assert len({key for _, key in world.effects}) == 3
    await world.check()


async def test_an_event_in_the_batch_that_ends_an_execution_is_taken_by_the_next() -> None:
    world = HostWorld(sagas=LIVES)
    await world.start(tally, {"value": 0})
    for bit in BITS:
        await world.raise_event("add", {"value": bit}, event_id=str(bit))
    async with world.hosting():
        head = await world.ended()

    assert head.output == {"value": ALL_BITS}
    assert head.execution == len(BITS)
    await world.check()


async def test_an_event_that_comes_again_many_executions_later_is_not_taken_again() -> None:
    world = HostWorld(sagas=LIVES)
    async with world.hosting():
        await world.start(tally, {"value": 0})
        for bit in BITS[:-1]:
            await world.raise_event("add", {"value": bit}, event_id=str(bit))
            await asyncio.sleep(1)
            await world.raise_event("add", {"value": BITS[0]}, event_id=str(BITS[0]), broker_id=f"again {bit}")
    async with world.hosting():
        await world.raise_event("add", {"value": BITS[1]}, event_id=str(BITS[1]), broker_id="after a takeover")
        await world.raise_event("add", {"value": BITS[-1]}, event_id="last")
        head = await world.ended()

    assert head.output == {"value": ALL_BITS}
    await world.check()


async def test_an_answer_to_an_earlier_execution_changes_nothing() -> None:
    world = HostWorld(sagas=LIVES)
    async with world.working(), world.hosting():
        await world.start(laps, {"value": 3})
        await world.ended()
        answer = (await world.history())[2]
        run = (await world.turns())[0].run
        assert answer.message_id is not None
        late = InstanceMessage(message_id("a", run, "late", 1), "a", answer, run, 1)
        await world.tell(late)
        await world.start("laps", {"value": 0}, id="neighbour")
        await world.ended("neighbour")

    await world.check()


async def test_one_that_spins_does_not_hold_up_its_neighbours_and_comes_to_its_end() -> None:
    world = HostWorld(sagas=LIVES)
    async with world.working(), world.hosting():
        await world.start(spinning, {"value": 10 * EXECUTIONS_MAX})
        await world.start("step", {"value": 1}, id="neighbour")
        neighbour = await world.ended("neighbour")
        head = await world.ended()

    assert neighbour.ended_at is not None
    assert head.ended_at is not None
    assert neighbour.status is Status.COMPLETED
    assert (head.execution, head.output) == (10 * EXECUTIONS_MAX + 1, {"value": 0})


@pytest.mark.parametrize("name", ["laps", "tally", "spinning"])
async def test_a_host_may_die_at_any_port_call_and_nothing_is_lost_between_two_executions(name: str) -> None:
    inputs = {"laps": {"value": 2}, "tally": {"value": ALL_BITS - 7}, "spinning": {"value": EXECUTIONS_MAX + 2}}
    output = {"tally": {"value": ALL_BITS}}.get(name, {"value": 0})
    moments = 1
    death_at = -1
    while death_at < moments:
        world = HostWorld(sagas=LIVES)
        async with world.working():
            await world.start(name, inputs[name])
            for bit in BITS[:3] if name == "tally" else ():
                await world.raise_event("add", {"value": bit}, event_id=str(bit))
                await world.raise_event("add", {"value": bit}, event_id=str(bit), broker_id=f"{bit} again")
            life = await live_and_die(world, death_at if death_at >= 0 else None)
            moments = life.moments if death_at < 0 else moments
            async with world.hosting():
                head = await world.ended()
                await asyncio.sleep(2 * LOCK.total_seconds())
            where = f"death {life.names[-1]}, moment {death_at}"
            assert (head.status, head.output) == (Status.COMPLETED, output), where
            await world.check()
            assert await nothing_left(world), where
            assert await continued(world) == head.execution - 1, where
        death_at += 1


async def continued(world: HostWorld) -> int:
    receiver = await world.broker.receiver("lifecycle/all")
    told = {delivery.id: delivery.body for delivery in await receiver.receive(1000, LOCK)}
    await receiver.close()
    return sum(b'"saga.continued"' in body for body in told.values())
