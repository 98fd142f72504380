from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from durable import Activity, SagaContext, saga
from durable.adapters.memory import MemoryStore
from durable.errors import Refusal, WriteRefused
from durable.messages import INSTANCES
from durable.ports import Create, Operation, Receipt
from durable.status import Status
from orchestrator.engine import Registry, Setup
from orchestrator.records import turn_id
from tests.support.host_sagas import ADD_ONE, SAGAS, Number
from tests.support.host_world import PARTITION, HostWorld


@saga("broad")
async def broad(ctx: SagaContext, start: Number) -> Number:
    return await ctx.call(ADD_ONE, start, label="x" * 600_000)


@saga("chain")
async def other_chain(ctx: SagaContext, start: Number) -> Number:
    await ctx.call(Activity("steps.undo", Number, Number), start)
    return await ctx.call(ADD_ONE, start)


@saga("unwritable")
async def unwritable(ctx: SagaContext, start: Number) -> Number:
    return await ctx.call(ADD_ONE, start, label="half a pair: \ud800")


def kinds(history: list[Any]) -> list[str]:
    return [type(event).__name__ for event in history]


async def test_an_event_too_large_for_a_page_blocks_its_instance_and_no_other() -> None:
    world = HostWorld(sagas=(*SAGAS, broad))
    async with world.working(), world.hosting():
        await world.start("broad", {"value": 1}, id="broad")
        await world.start("chain", {"value": 1}, id="neighbour")
        neighbour = await world.ended("neighbour")
        head = await world.head("broad")

    assert neighbour.status is Status.COMPLETED
    assert head is not None
    assert head.status is Status.BLOCKED
    found = dict(head.reasons)["found"]
    assert found.startswith("expected at most 598000 bytes in an event; found 6001")
    assert found.endswith("in event 2 of the turn, ActivityScheduled")
    assert kinds(await world.history("broad")) == ["Blocked", "SagaStarted"]


async def test_a_turn_that_is_no_json_blocks_its_instance_and_no_other() -> None:
    world = HostWorld(sagas=(*SAGAS, unwritable))
    async with world.working(), world.hosting():
        await world.start("unwritable", {"value": 1}, id="unwritable")
        await world.start("chain", {"value": 1}, id="neighbour")
        neighbour = await world.ended("neighbour")
        head = await world.head("unwritable")

    assert neighbour.status is Status.COMPLETED
    assert head is not None
    assert head.status is Status.BLOCKED
    assert "can't be written as JSON" in dict(head.reasons)["found"]


async def test_code_that_no_longer_fits_blocks_the_instance_and_says_what_differs() -> None:
    world = HostWorld()
    async with world.hosting():
        await world.start("chain", {"value": 1})
        await world.until(world.turns)
    world.setup = Setup(Registry([other_chain]), world.setup.destinations)
    async with world.working(), world.hosting():
        await world.until(lambda: is_blocked(world))
    head = await world.head()

    assert head is not None
    reasons = dict(head.reasons)
    assert "steps.add-one" in reasons["expected"]
    assert "steps.undo" in reasons["found"]
    assert "test_blocking.py" in reasons["location"]


async def test_a_blocked_instance_keeps_its_messages_and_goes_on_with_repaired_code() -> None:
    world = HostWorld()
    fitting = world.setup
    async with world.hosting():
        await world.start("chain", {"value": 1})
        await world.until(world.turns)
    world.setup = Setup(Registry([other_chain]), fitting.destinations)
    async with world.working(), world.hosting():
        await world.until(lambda: is_blocked(world))
    world.setup = fitting
    async with world.working(), world.hosting():
        await world.raise_event("anything", None)
        head = await world.ended()

    history = kinds(await world.history())
    assert head.output == {"value": 6}
    assert history.count("Blocked") == history.count("Unblocked") == 1
    assert history.index("Blocked") < history.index("ActivityCompleted") < history.index("Unblocked")
    await world.check()


async def test_a_history_that_can_not_be_read_blocks_its_instance_and_keeps_what_comes() -> None:
    world = HostWorld()
    async with world.hosting():
        await world.start("waiting")
        await world.until(world.turns)
    stored = await world.store.read(PARTITION, "a~1~0000000001")
    assert stored is not None
    damaged = {**stored.record, "events": [*stored.record["events"], {"kind": "FromTheFuture"}]}
    await world.overwrite(damaged)
    async with world.hosting():
        await world.raise_event("number", {"value": 1})
        await world.until(lambda: is_blocked(world))
    head = await world.head()
    second = await world.store.read(PARTITION, "a~1~0000000002")

    assert head is not None
    assert head.saga == "waiting"
    assert "FromTheFuture" in dict(head.reasons)["found"]
    assert second is not None
    assert [event["kind"] for event in second.record["events"]] == ["Blocked", "EventReceived"]


async def is_blocked(world: HostWorld) -> bool:
    head = await world.head()
    return head is not None and head.status is Status.BLOCKED


async def test_a_message_of_a_turn_that_can_not_be_read_waits_for_an_owner_that_can_and_harms_no_neighbour() -> None:
    world = HostWorld()
    async with world.hosting():
        started = await world.start("waiting")
        await world.until(world.turns)
    stored = await world.store.read(PARTITION, "a~1~0000000001")
    assert stored is not None
    await world.overwrite({**stored.record, "events": [*stored.record["events"], {"kind": "FromTheFuture"}]})
    async with world.working(), world.hosting():
        await world.tell(started, broker_id="delivered again")
        await world.start("chain", {"value": 1}, id="neighbour")
        neighbour = await world.ended("neighbour")
    receiver = await world.broker.session(INSTANCES, PARTITION)
    (left,) = await receiver.receive(10, timedelta(0))
    await receiver.close()

    assert left.id == "delivered again"
    assert neighbour.status is Status.COMPLETED


class NarrowStore(MemoryStore):
    """Takes no second turn of instance `a`, whatever is in it."""

    async def write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        for index, operation in enumerate(operations):
            if isinstance(operation, Create) and operation.record["id"] == turn_id("a", 1, 2):
                raise WriteRefused(index, Refusal.TOO_LARGE)
        return await super().write(partition, operations)


async def test_messages_that_not_even_a_blocked_turn_can_record_go_to_the_dead_letter_queue() -> None:
    world = HostWorld()
    world.store = NarrowStore()
    await world.start("waiting")
    async with world.hosting():
        await world.until(world.turns)
    async with world.working():
        await world.raise_event("other", 1, event_id="e1")
        await world.raise_event("other", 2, event_id="e2")
        await world.start("chain", {"value": 1}, id="neighbour")
        async with world.hosting():
            neighbour = await world.ended("neighbour")
    receiver = await world.broker.receiver(f"{INSTANCES}/$deadletter")
    dead = await receiver.receive(10, timedelta(seconds=1))
    await receiver.close()

    assert neighbour.status is Status.COMPLETED
    assert [each.properties["DeadLetterReason"] for each in dead] == ["Unrecordable"] * 2
    await world.check()
