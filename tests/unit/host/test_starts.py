import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from durable.events import CancelRequested, EventReceived, Resumed, SagaStarted, SagaTerminated, Suspended
from durable.ids import message_id, run_id
from durable.messages import InstanceMessage
from durable.ports import Create
from durable.status import Status
from orchestrator.heads import Head, StartRequest, encode_head, held_start, input_hash, start_message
from orchestrator.host.starts import REPLACED
from tests.support.host_world import LOCK, PARTITION, HostWorld
from tests.support.lives_sagas import LIVES
from tests.unit.host.test_crashes import live_and_die, nothing_left
from tests.unit.host.test_strays import dead_letters


def a_start(
    id: str, saga: str = "spinning", if_exists: str | None = None, request_id: str | None = None
) -> InstanceMessage:
    event = SagaStarted(saga=saga, input={"value": 0}, if_exists=if_exists, request_id=request_id)
    return InstanceMessage(id, "a", event)


async def settled(world: HostWorld, *messages: InstanceMessage) -> Head:
    """Tell an instance messages, one after the other, and give its head when nothing happens any more."""
    async with world.working(), world.hosting():
        for message in messages:
            await world.tell(message)
            await asyncio.sleep(5)
    head = await world.head()
    assert head is not None
    return head


@pytest.mark.parametrize(
    ("if_exists", "ended_as", "restarts"),
    [
        (None, "Completed", False),
        ("error", "Completed", False),
        ("return", "Failed", False),
        ("restart_if_ended", "Completed", True),
        ("restart_if_ended", "Failed", True),
        ("restart_if_failed", "Completed", False),
        ("restart_if_failed", "Failed", True),
        ("terminate_and_restart", "Completed", True),
    ],
)
async def test_what_a_start_does_to_an_instance_that_has_ended_is_said_by_if_exists(
    if_exists: str | None,
    ended_as: str,
    restarts: bool,  # noqa: FBT001  Pytest gives it by name.
) -> None:
    world = HostWorld(sagas=LIVES)
    first = a_start("first", "spinning" if ended_as == "Completed" else "failing")
    head = await settled(world, first, a_start("second", "spinning", if_exists))

    assert head.execution == (2 if restarts else 1)
    assert head.run == run_id("second" if restarts else "first")
    assert head.status.value == ("Completed" if restarts else ended_as)
    await world.check()


@pytest.mark.parametrize("if_exists", [None, "return", "restart_if_ended", "restart_if_failed"])
async def test_a_start_leaves_an_instance_alone_that_has_not_ended(if_exists: str | None) -> None:
    world = HostWorld(sagas=LIVES)
    head = await settled(world, a_start("first", "patient"), a_start("second", "spinning", if_exists))

    assert (head.status, head.execution, head.saga) == (Status.RUNNING, 1, "patient")


async def test_a_start_that_is_to_replace_an_instance_terminates_it_first() -> None:
    world = HostWorld(sagas=LIVES)
    head = await settled(world, a_start("first", "patient"), a_start("second", "spinning", "terminate_and_restart"))
    last = (await world.history())[-1]

    assert (head.status, head.execution, head.saga) == (Status.COMPLETED, 2, "spinning")
    assert isinstance(last, SagaTerminated)
    assert last.reason == REPLACED
    await world.check()


async def test_a_run_and_its_successor_may_come_in_one_batch() -> None:
    world = HostWorld(sagas=LIVES)
    for message in (
        a_start("first", "patient"),
        InstanceMessage("event", "a", EventReceived(name="number", payload={"value": 3})),
        a_start("second", "patient", "restart_if_ended"),
        InstanceMessage("event-2", "a", EventReceived(name="number", payload={"value": 4})),
    ):
        await world.tell(message)
    async with world.hosting():
        await asyncio.sleep(5)
    head = await world.head()

    assert head is not None
    assert (head.execution, head.output) == (2, {"value": 4})
    await world.check()


async def test_a_start_that_comes_again_when_its_run_is_history_begins_nothing() -> None:
    world = HostWorld(sagas=LIVES)
    first = a_start("first", if_exists="restart_if_ended")
    await settled(world, first, a_start("second", if_exists="restart_if_ended"))
    async with world.hosting():
        await world.tell(first, broker_id="again")
        await asyncio.sleep(5)
    head = await world.head()

    assert head is not None
    assert (head.execution, head.run) == (2, run_id("second"))


async def test_the_same_request_gives_the_same_run_and_the_last_ones_are_remembered() -> None:
    world = HostWorld(sagas=LIVES)
    starts = [a_start(f"start-{n}", if_exists="restart_if_ended", request_id=f"request-{n}") for n in range(20)]
    await settled(world, *starts)
    head = await settled(world, a_start("other", if_exists="restart_if_ended", request_id="request-19"))

    assert head.execution == 20
    assert len(head.requests) == 16
    assert head.requests[-1] == StartRequest("request-19", input_hash({"value": 0}), 20)


async def test_tags_go_along_with_a_restart_unless_it_brings_some() -> None:
    world = HostWorld(sagas=LIVES)
    first = replace(a_start("first"), event=SagaStarted(saga="spinning", input={"value": 0}, tags={"region": "eu"}))
    head = await settled(world, first, a_start("second", if_exists="restart_if_ended"))

    assert head.tags == {"region": "eu"}


async def delayed(world: HostWorld, saga: str = "spinning") -> Head:
    """Do what the API does for a delayed start."""
    now, start = world.clock.now(), message_id("a", "", "SagaStarted", "asked")
    due = now + timedelta(minutes=10)
    event = SagaStarted(saga=saga, version="1", input={"value": 0}, event=("hello", None))
    head = Head("a", PARTITION, saga, "1", Status.PENDING, run_id(start), start, now, now, input={"value": 0})
    head = replace(head, due=due, next_start=held_start(event))
    receipt = await world.store.write(PARTITION, [Create(encode_head(head))])
    await world.broker.send("instances", [start_message(head, receipt.etags[0]).to_message(PARTITION, due=due)])
    return head


async def test_a_delayed_instance_begins_when_it_is_due_and_an_event_waits_for_it() -> None:
    world = HostWorld(sagas=LIVES)
    pending = await delayed(world, "patient")
    async with world.hosting():
        await world.raise_event("number", {"value": 5})
        await asyncio.sleep(60)
        assert await world.turns() == []
        head = await world.ended()

    assert pending.due is not None
    assert head.ended_at is not None
    assert head.ended_at >= pending.due
    assert (head.output, head.due) == ({"value": 5}, None)
    await world.check()


@pytest.mark.parametrize(
    ("event", "status"),
    [(SagaTerminated(reason="no"), Status.TERMINATED), (CancelRequested(reason="no"), Status.CANCELLED)],
)
async def test_a_delayed_instance_can_be_ended_before_it_is_due(
    event: SagaTerminated | CancelRequested, status: Status
) -> None:
    world = HostWorld(sagas=LIVES)
    pending = await delayed(world, "patient")
    async with world.hosting():
        await world.tell(InstanceMessage("end", "a", event, pending.run))
        await asyncio.sleep(60)
        head = await world.head()
        await asyncio.sleep(900)

    assert head is not None
    assert head.status is status
    assert await world.head() == head
    assert await nothing_left(world)


async def test_a_host_may_die_at_any_port_call_while_one_run_replaces_another() -> None:
    moments, death_at = 1, -1
    while death_at < moments:
        world = HostWorld(sagas=LIVES)
        async with world.working():
            async with world.hosting():
                await world.tell(a_start("first", "patient"))
                await asyncio.sleep(5)
            await world.tell(a_start("second", "laps", "terminate_and_restart"))
            life = await live_and_die(world, death_at if death_at >= 0 else None)
            moments = life.moments if death_at < 0 else moments
            async with world.hosting():
                await asyncio.sleep(3 * LOCK.total_seconds())
                head = await world.ended()
            where = f"death {life.names[-1]}, moment {death_at}"
            assert (head.status, head.execution, head.saga) == (Status.COMPLETED, 2, "laps"), where
            await world.check()
            assert await nothing_left(world), where
        death_at += 1


async def test_what_comes_with_the_start_of_an_instance_is_taken_behind_it() -> None:
    world = HostWorld(sagas=LIVES)
    await world.tell(InstanceMessage("halt", "a", Suspended(reason="wait")))
    await world.tell(a_start("first", "patient"))
    await world.tell(InstanceMessage("event", "a", EventReceived(name="number", payload={"value": 3})))
    async with world.hosting():
        await asyncio.sleep(5)
        halted = await world.head()
        await world.tell(InstanceMessage("on", "a", Resumed()))
        head = await world.ended()

    assert halted is not None
    assert halted.status is Status.SUSPENDED
    assert head.output == {"value": 3}
    assert await dead_letters(world) == []
