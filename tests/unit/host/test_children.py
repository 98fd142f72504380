import asyncio
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from durable.events import CancelRequested, ChildFailed, ChildStarted, ParentTask, SagaStarted, SagaTerminated
from durable.ids import message_id, run_id
from durable.messages import InstanceMessage
from durable.ports import Delivery
from durable.status import Status
from tests.support.host_world import LOCK, HostWorld
from tests.support.lives_sagas import LIVES
from tests.unit.host.test_crashes import live_and_die, nothing_left

FEW = 5


def a_world() -> HostWorld:
    return HostWorld(sagas=LIVES, partition_count=FEW)


async def child_of(world: HostWorld, parent: str = "a") -> str:
    return next(event.instance_id for event in await world.history(parent) if isinstance(event, ChildStarted))


async def test_children_in_other_partitions_answer_their_parent() -> None:
    world = a_world()
    async with world.working(), world.hosting_all():
        await world.start("family", {"value": 8})
        head = await world.ended()

    children = [event.instance_id for event in await world.history() if isinstance(event, ChildStarted)]
    assert (head.status, head.output) == (Status.COMPLETED, {"value": 36})
    assert len({world.home(child) for child in children}) > 1
    for child in children:
        await world.check(child)
        child_head = await world.head(child)
        assert child_head is not None
        assert (child_head.parent_id, child_head.root_id) == ("a", "a")
    await world.check()


async def test_each_attempt_of_a_child_is_a_run_of_its_own_and_the_old_ones_stay_readable() -> None:
    world = a_world()
    async with world.working(), world.hosting_all():
        await world.start("insisting", {"value": 7})
        head = await world.ended()
        child = await world.head("third")

    assert child is not None
    assert (head.status, head.output) == (Status.COMPLETED, {"value": 7})
    assert (child.execution, child.status) == (3, Status.COMPLETED)
    assert child.parent is not None
    assert child.parent.attempt == 3
    runs = {(await world.turns("third", execution))[0].run for execution in (1, 2, 3)}
    assert len(runs) == 3
    await world.check("third")


async def test_a_child_whose_id_is_taken_is_refused_and_the_other_is_left_alone() -> None:
    world = a_world()
    async with world.working(), world.hosting_all():
        await world.start("patient", id="taken")
        await world.until(lambda: world.turns("taken"))
        await world.start("borrowing")
        head = await world.ended()
        other = await world.head("taken")

    assert head.failure is not None
    assert "taken" in head.failure.message
    assert head.failure.type.endswith("AlreadyExists")
    assert other is not None
    assert other.status is Status.RUNNING


async def test_a_start_that_comes_again_after_the_child_has_ended_is_answered_again() -> None:
    world = a_world()
    async with world.working(), world.hosting_all():
        await world.start("family", {"value": 1})
        await world.ended()
        child = await child_of(world)
        start = await start_of(world, child)
        await world.tell(start, broker_id="again")
        await asyncio.sleep(5)
    answers = await answers_at_the_parent(world)

    assert answers == ["ChildCompleted"]


async def start_of(world: HostWorld, child: str) -> InstanceMessage:
    event = (await world.history(child))[0]
    assert event.message_id is not None
    return InstanceMessage(event.message_id, child, replace(event, message_id=None))


async def answers_at_the_parent(world: HostWorld) -> list[str]:
    return [type(event).__name__ for event in await world.history() if type(event).__name__.startswith("Child")][1:]


async def test_an_answer_that_was_lost_is_given_again_to_a_parent_that_asks_again() -> None:
    world = a_world()
    parent = ParentTask(instance_id="a", run="gone", execution=1, task_id=1)
    start = InstanceMessage("start", "b", SagaStarted(saga="spinning", input={"value": 0}, parent=parent))
    async with world.hosting(partition=world.home("b")):
        await world.tell(start)
        await world.ended("b")
        (first,) = await received(world, "a")
        await world.tell(start, broker_id="again")
        await asyncio.sleep(5)
        (again,) = await received(world, "a")

    assert orjson.loads(again.body) == orjson.loads(first.body)
    assert again.id != first.id


async def received(world: HostWorld, id: str) -> list[Delivery]:
    """Take what was sent to an instance whose partition nobody serves."""
    receiver = await world.broker.session("instances", world.home(id))
    deliveries = list(await receiver.receive(10, timedelta(seconds=5)))
    await receiver.complete(deliveries)
    await receiver.close()
    return deliveries


async def test_a_child_that_its_parent_gives_up_is_cancelled() -> None:
    world = a_world()
    async with world.working(), world.hosting_all():
        await world.start("hurried")
        head = await world.ended()
        child = await world.ended("patient")

    assert head.output == "gone"
    assert child.status is Status.CANCELLED
    await world.check("patient")


async def test_a_recursive_terminate_reaches_the_children() -> None:
    world = a_world()
    async with world.working(), world.hosting_all():
        await world.start("giving-up", {"value": 1})
        await world.until(lambda: world.turns("patient"))
        await world.tell(InstanceMessage("end", "a", SagaTerminated(reason="enough", recursive=True)))
        head = await world.ended()
        child = await world.ended("patient")

    assert (head.status, child.status) == (Status.TERMINATED, Status.TERMINATED)


async def test_an_event_from_one_instance_reaches_another() -> None:
    world = a_world()
    async with world.working(), world.hosting_all():
        await world.start("told", {"value": 9})
        head = await world.ended("patient")

    assert head.output == {"value": 9}


@pytest.mark.parametrize("event", [CancelRequested(reason="late"), SagaTerminated(reason="late", recursive=True)])
async def test_a_child_that_is_called_off_before_it_starts_never_does_and_its_parent_is_told(
    event: CancelRequested | SagaTerminated,
) -> None:
    world = a_world()
    parent = ParentTask(instance_id="a", run="r", execution=1, task_id=1)
    start = InstanceMessage("start", "b", SagaStarted(saga="patient", parent=parent))
    async with world.hosting(partition=world.home("b")):
        await world.tell(InstanceMessage("off", "b", event, run_id("start")))
        await asyncio.sleep(5)
        await world.tell(start)
        await asyncio.sleep(5)
        (answer,) = await received(world, "a")

    told = InstanceMessage.from_body(answer.body, {}).event
    assert await world.head("b") is None
    assert isinstance(told, ChildFailed)
    assert told.failure.type == "durable.Cancelled"


async def test_another_run_may_begin_where_one_was_called_off() -> None:
    world = a_world()
    async with world.hosting(partition=world.home("b")):
        await world.tell(InstanceMessage("off", "b", CancelRequested(), run_id("start")))
        await asyncio.sleep(5)
        await world.start("spinning", {"value": 0}, id="b")
        head = await world.ended("b")

    assert (head.status, head.execution) == (Status.COMPLETED, 1)


async def test_an_attempt_that_is_called_off_while_it_is_delayed_never_starts() -> None:
    world = a_world()
    first = ParentTask(instance_id="a", run="r", execution=1, task_id=1)
    second = replace(first, attempt=2)
    async with world.hosting(partition=world.home("b")):
        await world.tell(InstanceMessage("s1", "b", SagaStarted(saga="third-time", input={"value": 1}, parent=first)))
        await world.ended("b")
        await world.tell(InstanceMessage("off", "b", CancelRequested(), run_id("s2")))
        await asyncio.sleep(5)
        await world.tell(InstanceMessage("s2", "b", SagaStarted(saga="third-time", input={"value": 1}, parent=second)))
        await asyncio.sleep(5)
        head = await world.head("b")

    assert head is not None
    assert (head.execution, head.run) == (1, run_id("s1"))


@pytest.mark.parametrize(
    ("name", "output"),
    [("family", {"value": 3}), ("insisting", {"value": 2}), ("told", {"value": 2}), ("hurried", "gone")],
)
async def test_a_host_may_die_at_any_port_call_and_no_parent_and_no_child_notices(name: str, output: object) -> None:
    moments, death_at = 1, -1
    while death_at < moments:
        world = HostWorld(sagas=LIVES)
        async with world.working():
            await world.start(name, None if name == "hurried" else {"value": 2})
            life = await live_and_die(world, death_at if death_at >= 0 else None)
            moments = life.moments if death_at < 0 else moments
            async with world.hosting():
                head = await world.ended()
                others = {"insisting": ["third"], "told": ["patient"], "hurried": ["patient"]}.get(name, [])
                for other in others:
                    await world.ended(other)
                await asyncio.sleep(2 * LOCK.total_seconds())
            where = f"death {life.names[-1]}, moment {death_at}"
            assert (head.status, head.output) == (Status.COMPLETED, output), where
            for one in ["a", *others]:
                await world.check(one)
            assert await nothing_left(world), where
        death_at += 1


async def test_the_id_of_a_child_follows_from_its_call() -> None:
    world = a_world()
    async with world.working(), world.hosting_all():
        start = await world.start("family", {"value": 1})
        await world.ended()
    child = await child_of(world)
    first = (await world.history(child))[0]

    assert first.message_id == message_id(child, run_id(start.id), "SagaStarted", "a.1.1", 1)
