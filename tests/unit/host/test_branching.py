import asyncio
from dataclasses import replace
from functools import partial

import pytest

from durable import SagaContext, saga
from durable.events import ActivityScheduled, ChildStarted, HistoryEvent, Rewound, SagaTerminated
from durable.messages import InstanceMessage
from durable.requests import FORK, REWIND, UNBLOCK, OwnerRequest
from durable.status import Status
from orchestrator.engine import Registry
from tests.support.host_sagas import MEND, REPAIRED, Number
from tests.support.host_world import LOCK, HostWorld
from tests.support.lives_sagas import LIVES
from tests.unit.host.test_blocking import is_blocked
from tests.unit.host.test_crashes import live_and_die, nothing_left
from tests.unit.host.test_strays import dead_letters


def kinds(history: list[HistoryEvent]) -> list[str]:
    return [type(event).__name__ for event in history]


def a_rewind(to: int | None = None, id: str = "a", request: str = "request") -> OwnerRequest:
    return OwnerRequest(request, id, REWIND, "", {"to": to, "reason": "repaired"})


def a_fork(to: int, source: str = "a", id: str = "b") -> OwnerRequest:
    return OwnerRequest("fork", id, FORK, "", {"instance_id": source, "to": to, "reason": "another try"})


async def place_of(world: HostWorld, kind: type[HistoryEvent]) -> int:
    return next(event.sequence for event in await world.history() if isinstance(event, kind))


async def test_the_failed_step_is_done_anew_in_an_execution_of_its_own_and_the_rest_is_kept() -> None:
    world = HostWorld(sagas=LIVES)
    async with world.working(), world.hosting():
        await world.start("mending", {"value": 1})
        failed = await world.ended()
        world.effects.append(REPAIRED)
        await world.ask(a_rewind())
        await world.until(lambda: has_status(world, Status.COMPLETED))
    head = await world.head()
    before, after = await world.history(), await world.history(execution=2)

    assert failed.status is Status.FAILED
    assert head is not None
    assert (head.execution, head.output, head.failure, head.run) == (2, {"value": 2}, None, failed.run)
    assert kinds(before)[-1] == "SagaFailed"
    assert [name for name, _ in world.effects].count("add-one") == 1
    mark = next(event for event in after if isinstance(event, Rewound))
    assert (mark.instance_id, mark.execution, mark.reason) == ("a", 1, "repaired")
    await world.check()


async def has_status(world: HostWorld, status: Status, id: str = "a") -> bool:
    head = await world.head(id)
    return head is not None and head.status is status


async def test_a_rewind_that_comes_again_opens_no_second_execution() -> None:
    world = HostWorld(sagas=LIVES)
    async with world.working(), world.hosting():
        await world.start("mending", {"value": 1})
        await world.ended()
        for number in range(3):
            await world.ask(a_rewind(), broker_id=f"rewind-{number}")
            await asyncio.sleep(5)
    async with world.working(), world.hosting():
        await world.ask(a_rewind(), broker_id="after a takeover")
        await asyncio.sleep(5)
    head = await world.head()

    assert head is not None
    assert (head.execution, head.status) == (2, Status.FAILED)
    await world.check()


async def test_an_instance_that_runs_can_be_rewound_and_what_was_under_way_is_stale() -> None:
    world = HostWorld(sagas=LIVES)
    async with world.working(), world.hosting():
        await world.start("asking", {"value": 1})
        await world.until(lambda: has_turns(world, 2))
        step = await place_of(world, ActivityScheduled)
        await world.ask(a_rewind(step))
        await asyncio.sleep(5)
        await world.raise_event("answer", {"value": 4})
        head = await world.ended()

    assert (head.execution, head.output) == (2, {"value": 5})
    assert len({key for name, key in world.effects if name == "add-one"}) == 3
    await world.check()


async def has_turns(world: HostWorld, count: int) -> bool:
    return len(await world.turns()) >= count


async def test_an_event_that_came_after_the_step_is_given_again_and_taken_once() -> None:
    world = HostWorld(sagas=LIVES)
    async with world.working(), world.hosting():
        await world.start("asking", {"value": 1})
        await world.raise_event("answer", {"value": 7})
        await world.ended()
        await world.ask(a_rewind(await place_of(world, ActivityScheduled)))
        await world.raise_event("answer", {"value": 7}, broker_id="again")
        await world.until(lambda: has_status(world, Status.COMPLETED))
        await asyncio.sleep(5)
    head = await world.head()

    assert head is not None
    assert (head.execution, head.output, head.unread_events) == (2, {"value": 8}, 0)
    await world.check()


async def test_a_child_that_runs_goes_on_and_is_waited_for_after_a_rewind() -> None:
    world = HostWorld(sagas=LIVES, partition_count=5)
    async with world.working(), world.hosting_all():
        await world.start("minding", {"value": 1})
        await world.until(lambda: has_status(world, Status.RUNNING, "patient"))
        await world.until(lambda: has_turns(world, 2))
        await world.ask(a_rewind(await place_of(world, ActivityScheduled)))
        await asyncio.sleep(5)
        await world.raise_event("number", {"value": 6}, id="patient")
        await world.until(lambda: has_status(world, Status.COMPLETED))
    head, child = await world.head(), await world.head("patient")

    assert head is not None
    assert child is not None
    assert (head.execution, head.output, child.execution) == (2, {"value": 6}, 1)


async def test_a_child_that_an_earlier_execution_started_can_be_cancelled_by_the_present_one() -> None:
    world = HostWorld(sagas=LIVES, partition_count=5)
    async with world.working(), world.hosting_all():
        await world.start("minding", {"value": 1})
        await world.until(lambda: has_status(world, Status.RUNNING, "patient"))
        await world.until(lambda: has_turns(world, 2))
        await world.ask(a_rewind(await place_of(world, ActivityScheduled)))
        await asyncio.sleep(5)
        await world.tell(InstanceMessage("end", "a", SagaTerminated(reason="enough", recursive=True)))
        head, child = await world.ended(), await world.ended("patient")

    assert (head.status, head.execution, child.status) == (Status.TERMINATED, 2, Status.TERMINATED)


async def test_a_child_that_has_ended_runs_anew_when_its_call_is_done_anew() -> None:
    world = HostWorld(sagas=LIVES, partition_count=5)
    async with world.working(), world.hosting_all():
        await world.start("minding", {"value": 1})
        await world.raise_event("number", {"value": 6}, id="patient")
        await world.ended()
        await world.ask(a_rewind(await place_of(world, ChildStarted)))
        await world.until(lambda: has_status(world, Status.RUNNING, "patient"))
        await world.raise_event("number", {"value": 7}, id="patient", event_id="second")
        await world.until(lambda: has_status(world, Status.COMPLETED))
    head, child = await world.head(), await world.head("patient")

    assert head is not None
    assert child is not None
    assert (head.execution, head.output, child.execution) == (2, {"value": 7}, 2)


async def test_a_fork_is_an_instance_of_its_own_and_leaves_its_source_alone() -> None:
    world = HostWorld(sagas=LIVES, partition_count=5)
    async with world.working(), world.hosting_all():
        await world.start("asking", {"value": 1})
        await world.until(lambda: has_turns(world, 2))
        source = await world.head()
        await world.ask(a_fork(2))
        await world.until(lambda: has_status(world, Status.RUNNING, "b"))
        await world.raise_event("answer", {"value": 3}, id="b")
        await world.until(lambda: has_status(world, Status.COMPLETED, "b"))
        await world.ask(a_fork(2), broker_id="again")
        await asyncio.sleep(5)
    fork = await world.head("b")

    assert world.home("a") != world.home("b")
    assert source is not None
    assert fork is not None
    assert (fork.execution, fork.output, fork.saga, fork.input) == (1, {"value": 4}, "asking", {"value": 1})
    assert fork.run != source.run
    assert await world.head() == source
    await world.check("b")


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (a_rewind(99), "expected an event of the history"),
        (a_fork(99), "expected an event of the history"),
        (a_fork(1, source="nobody"), "there is no 'nobody'"),
        (a_fork(1, id="a"), "expected an instance id that is not taken"),
    ],
)
async def test_what_can_not_be_done_is_told_in_the_dead_letter_queue(request_: OwnerRequest, told: str) -> None:
    world = HostWorld(sagas=LIVES)
    async with world.working(), world.hosting():
        await world.start("mending", {"value": 1})
        before = await world.ended()
        await world.ask(request_)
        await asyncio.sleep(5)
    (dead,) = await dead_letters(world)

    assert dead["DeadLetterReason"] == "RequestFailed"
    assert told in dead["DeadLetterErrorDescription"]
    assert await world.head() == before


async def test_a_blocked_instance_is_tried_again_when_an_operator_asks_for_it() -> None:
    world = HostWorld(sagas=LIVES)
    fitting = world.setup
    async with world.hosting():
        await world.start("mending", {"value": 1})
        await world.until(world.turns)
    world.setup = replace(fitting, registry=Registry([backwards]))
    async with world.working(), world.hosting():
        await world.until(lambda: is_blocked(world))
        await world.ask(OwnerRequest("first", "a", UNBLOCK))
        await asyncio.sleep(5)
        assert await is_blocked(world)
    world.setup = fitting
    world.effects.append(REPAIRED)
    async with world.working(), world.hosting():
        await world.ask(OwnerRequest("second", "a", UNBLOCK))
        head = await world.ended()

    assert head.output == {"value": 2}
    await world.check()


@saga("mending")
async def backwards(ctx: SagaContext, start: Number) -> Number:
    return await ctx.call(MEND, start)


async def completed(world: HostWorld, id: str) -> None:
    await world.until(lambda: has_status(world, Status.COMPLETED, id))


@pytest.mark.parametrize("at", ["rewind", "fork"])
async def test_a_host_may_die_at_any_port_call_of_a_rewind_and_of_a_fork(at: str) -> None:
    id = "a" if at == "rewind" else "b"
    moments, death_at = 1, -1
    while death_at < moments:
        world = HostWorld(sagas=LIVES)
        async with world.working():
            async with world.hosting():
                await world.start("mending", {"value": 1})
                await world.ended()
            world.effects.append(REPAIRED)
            await world.ask(a_rewind() if at == "rewind" else a_fork(5))
            life = await live_and_die(world, death_at if death_at >= 0 else None, partial(completed, world, id))
            moments = life.moments if death_at < 0 else moments
            async with world.hosting():
                await completed(world, id)
                await asyncio.sleep(2 * LOCK.total_seconds())
            head = await world.head(id)
            where = f"death {life.names[-1]}, moment {death_at}"
            assert head is not None
            assert (head.output, head.execution) == ({"value": 2}, 2 if at == "rewind" else 1), where
            await world.check(id)
            assert await nothing_left(world), where
        death_at += 1
