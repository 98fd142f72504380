from collections.abc import AsyncIterator
from typing import Any

from durable.events import ActivityCompleted, EventReceived
from durable.ids import run_id
from durable.messages import InstanceMessage
from durable.ports import RecordStore, Stored
from durable.status import Status
from orchestrator.host.purge import purge_request
from orchestrator.parked import parked_events
from tests.support.host_world import PARTITION, HostWorld
from tests.unit.host.test_strays import dead_letters


async def purged(world: HostWorld, id: str = "a") -> None:
    head = await world.head(id)
    assert head is not None
    await world.ask(purge_request(id, head.run))
    await world.until(lambda: world.tombstone(id))


async def ended_and_purged(world: HostWorld) -> InstanceMessage:
    start = await world.start("chain", {"value": 1})
    await world.ended()
    await purged(world)
    return start


async def test_a_purged_instance_leaves_a_tombstone_and_nothing_else() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        start = await ended_and_purged(world)

    stone = await world.tombstone()
    assert stone is not None
    assert (stone.instance_id, stone.run, stone.execution) == ("a", run_id(start.id), 1)
    assert stone.purged_at <= world.clock.now()
    assert await world.records() == []


async def test_an_instance_that_has_not_ended_is_not_purged() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        await world.start("waiting")
        await world.until(world.turns)
        await world.ask(purge_request("a", ""))
        await world.raise_event("number", {"value": 4}, event_id="first")
        await world.raise_event("number", {"value": 2}, event_id="second")
        head = await world.ended()

    assert head.output == {"value": 42}
    await world.check()


async def test_a_request_to_purge_an_earlier_run_leaves_the_later_one_alone() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        await world.start("chain", {"value": 1})
        await world.ended()
        await world.ask(purge_request("a", "an earlier run"))
        await world.start("chain", {"value": 1}, id="neighbour")
        await world.ended("neighbour")

    assert await world.head() is not None
    await world.check()


async def test_a_request_to_purge_what_was_never_started_is_settled() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        await world.ask(purge_request("nobody", ""))
        await world.start("chain", {"value": 1})
        await world.ended()

    assert await dead_letters(world) == []
    assert await world.tombstone("nobody") is None


async def test_a_start_after_a_purge_begins_the_next_execution() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        old = await ended_and_purged(world)
        new = InstanceMessage("another start", "a", old.event)
        await world.tell(new)
        head = await world.ended()

    assert (head.status, head.execution, head.run) == (Status.COMPLETED, 2, run_id(new.id))
    assert {id.split("~")[1] for id in await world.records()} == {"2"}


async def test_the_start_of_a_purged_run_starts_nothing_however_late_it_comes_again() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        start = await ended_and_purged(world)
        await world.tell(start, broker_id="again")
        await world.start("chain", {"value": 1}, id="neighbour")
        await world.ended("neighbour")

    assert await world.tombstone() is not None
    assert await world.records() == []


async def test_an_answer_to_a_purged_run_is_settled_and_an_event_parked() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        run = run_id((await ended_and_purged(world)).id)
        answer = ActivityCompleted(task_id=1, name="steps.add-one", attempt=1, output={"value": 9})
        await world.tell(InstanceMessage("late", "a", answer, run, 1), broker_id="again")
        await world.tell(InstanceMessage("event", "a", EventReceived(name="number", payload=1)))
        await world.start("chain", {"value": 1}, id="neighbour")
        await world.ended("neighbour")

    assert await dead_letters(world) == []
    assert [parked.id for parked in await parked_events(world.store, PARTITION)] == ["event"]
    assert await world.records() == []


async def test_a_start_that_comes_again_after_its_second_life_was_purged_starts_nothing() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        old = await ended_and_purged(world)
        await world.tell(InstanceMessage("another start", "a", old.event))
        await world.ended()
        await purged(world)
        await world.tell(InstanceMessage("another start", "a", old.event), broker_id="again")
        await world.start("chain", {"value": 1}, id="neighbour")
        await world.ended("neighbour")

    stone = await world.tombstone()
    assert stone is not None
    assert stone.execution == 2


class Unscannable:
    """A store with a bug that one instance meets."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store

    def scan(self, partition: str, first: str, last: str, token: str | None = None) -> AsyncIterator[Stored]:
        if first.startswith("a~0"):
            raise ValueError("no such range")
        return self._store.scan(partition, first, last, token)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


async def test_a_request_whose_handler_fails_goes_to_the_dead_letter_queue_and_harms_no_other() -> None:
    world = HostWorld()
    async with world.working(), world.hosting(world.ports(store=Unscannable(world.store))):
        await world.start("chain", {"value": 1})
        await world.ended()
        await world.ask(purge_request("a", ""))
        await world.start("chain", {"value": 1}, id="neighbour")
        neighbour = await world.ended("neighbour")

    (dead,) = await dead_letters(world)
    assert dead["DeadLetterReason"] == "RequestFailed"
    assert "PurgeRequested for instance 'a': ValueError: no such range" in dead["DeadLetterErrorDescription"]
    assert neighbour.status is Status.COMPLETED
