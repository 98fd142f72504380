import pytest

from durable.events import ActivityScheduled, Rewound
from durable.ids import run_id
from durable.status import Status
from orchestrator.host.purge import purge_request
from tests.support.host_world import HostWorld
from tests.support.rewind_world import fork, history, idle
from tests.unit.host.test_strays import dead_letters


async def test_a_fork_goes_on_from_the_step_by_itself() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        await world.start("chain", {"value": 1})
        await world.ended()
        source = await world.history()
        before = len(world.effects)
        third = [event.sequence for event in source if isinstance(event, ActivityScheduled)][2]
        await fork(world, third)
        head = await world.ended("b")

    assert (head.status, head.output, head.saga) == (Status.COMPLETED, {"value": 6}, "chain")
    assert head.run == run_id("request")
    assert len(world.effects) == before + 3
    assert len(set(world.effects)) == len(world.effects)
    mark = next(event for event in await history(world, "b", 1) if isinstance(event, Rewound))
    assert (mark.instance_id, mark.execution, mark.to) == ("a", 1, third)
    assert await world.history() == source


async def test_a_fork_that_is_asked_for_again_changes_nothing() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        await world.start("chain", {"value": 1})
        await world.ended()
        await fork(world, 2)
        await world.ended("b")
        before = await history(world, "b", 1)
        await fork(world, 2)
        await idle(world)

    assert await history(world, "b", 1) == before
    assert await dead_letters(world) == []


@pytest.mark.parametrize(("new_id", "source", "why"), [("a", "a", "'a' exists"), ("b", "nobody", "found none")])
async def test_a_fork_that_can_not_be_is_told_in_the_dead_letter_queue(new_id: str, source: str, why: str) -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        await world.start("chain", {"value": 1})
        await world.ended()
        await fork(world, 2, new_id, source)
        await idle(world)

    (dead,) = await dead_letters(world)
    assert dead["DeadLetterReason"] == "RequestFailed"
    assert why in dead["DeadLetterErrorDescription"]


async def test_a_fork_over_a_purged_instance_takes_the_execution_after_it() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        await world.start("chain", {"value": 1})
        await world.start("chain", {"value": 1}, id="b")
        await world.ended()
        old = await world.ended("b")
        await world.ask(purge_request("b", old.run))
        await world.until(lambda: world.tombstone("b"))
        await fork(world, 2)
        head = await world.ended("b")

    assert (head.execution, head.output) == (2, {"value": 6})
