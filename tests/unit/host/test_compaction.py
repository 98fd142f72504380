from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from durable import SagaContext, saga
from durable.adapters.memory.store import WRITE_CHARGE
from durable.events import EventReceived
from durable.ports import Create, Operation, Receipt, Record, RecordStore
from durable.status import Status
from orchestrator.assembly import Assembly, whole_turns
from orchestrator.engine import Identity
from orchestrator.host.committer import Committer, OwnershipLost
from orchestrator.host.compaction import Span, compact_turns
from orchestrator.host.loading import Loader
from orchestrator.host.ownership import take_over
from orchestrator.host.purge import purge_request
from orchestrator.host.upkeep import COMPACT_AFTER
from orchestrator.records import encode_turn, turn_range
from tests.support.examples import AT, RUN, TURN
from tests.support.host_sagas import ADD_ONE, SAGAS, Number
from tests.support.host_world import PARTITION, HostWorld
from tests.support.mortal_ports import Dead, Life, MortalStore

TURNS = 250
IDENTITY = Identity("a", RUN, 1)


@saga("steps")
async def steps(ctx: SagaContext, count: Number) -> Number:
    done = Number(value=0)
    for _ in range(count.value):
        done = await ctx.call(ADD_ONE, done)
    await ctx.wait_for_event("go on", Number)
    return await ctx.call(ADD_ONE, done)


async def with_turns(count: int = TURNS) -> HostWorld:
    world = HostWorld()
    for sequence in range(1, count + 1):
        event = EventReceived(message_id=f"m{sequence}", name="number", payload=1, at=AT, sequence=sequence)
        turn = replace(TURN, instance_id="a", execution=1, sequence=sequence, events=(event,), outbox=())
        await world.store.write(PARTITION, [Create(encode_turn(turn, PARTITION))])
    return world


async def compaction(world: HostWorld, store: RecordStore | None = None, last: int = TURNS) -> None:
    owned = await take_over(world.store, world.clock, PARTITION, "host", f"nonce {next(world.numbers)}")
    store = store or world.store
    await compact_turns(Span(IDENTITY, 1, last), Loader(world.ports(store=store), owned), Committer(store, owned))


async def turns(world: HostWorld) -> list[Record]:
    scan = world.store.scan(PARTITION, *turn_range("a", 1))
    return [turn async for turn in whole_turns(scan, Assembly())]


async def test_compacted_turns_stand_in_one_record_and_are_read_as_they_were() -> None:
    world = await with_turns()
    before = await turns(world)

    await compaction(world)

    assert len(await world.records()) == 1
    assert await turns(world) == before


async def test_turns_beyond_the_span_stay_as_they_are() -> None:
    world = await with_turns(5)
    before = await turns(world)

    await compaction(world, last=3)

    assert [id[-10:] for id in await world.records()] == ["00000003~~", "0000000004", "0000000005"]
    assert await turns(world) == before


async def test_the_owner_may_die_at_any_point_of_a_compaction_and_the_history_is_the_same() -> None:
    life = Life()
    world = await with_turns()
    before = await turns(world)
    await compaction(world, MortalStore(world.store, life))

    for death_at in range(life.moments):
        world = await with_turns()
        with suppress(Dead):
            await compaction(world, MortalStore(world.store, Life(death_at)))
        where = f"death at moment {death_at}"
        assert await turns(world) == before, where
        await compaction(world)
        assert await turns(world) == before, where
        assert len([id for id in await world.records() if not id.endswith("~~")]) == 0, where


class TakenAfter:
    """Another owner takes the partition after the n-th write."""

    def __init__(self, world: HostWorld, writes: int) -> None:
        self._world = world
        self._left = writes

    async def write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        if self._left == 0:
            await take_over(self._world.store, self._world.clock, PARTITION, "other", "the nonce of another")
        self._left -= 1
        return await self._world.store.write(partition, operations)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world.store, name)


@pytest.mark.parametrize("writes", range(4))
async def test_an_owner_that_lost_the_partition_compacts_no_further(writes: int) -> None:
    world = await with_turns()
    before = await turns(world)

    with pytest.raises(OwnershipLost):
        await compaction(world, TakenAfter(world, writes))

    assert await turns(world) == before


async def test_a_long_history_is_compacted_while_it_grows_and_replays_the_same() -> None:
    world = HostWorld(sagas=(*SAGAS, steps))
    count = 2 * COMPACT_AFTER + 50
    async with world.working():
        async with world.hosting():
            await world.start(steps, {"value": count})
            await world.until(lambda: has_turns(world, count + 1))
        assert [id for id in await world.records() if id.endswith("~~")] == [f"a~1~{COMPACT_AFTER:010d}~~"]
        assert len(await world.records()) == count + 2 - COMPACT_AFTER
        async with world.hosting():
            await world.raise_event("go on", {"value": 0})
            head = await world.ended()

    assert (head.status, head.output) == (Status.COMPLETED, {"value": count + 1})
    await world.check()
    assert head.cost is not None
    assert head.cost.steps[ADD_ONE.name][0] == count + 1, "compacted turns cost what they cost before"
    assert head.cost.ru > WRITE_CHARGE * (2 * count + COMPACT_AFTER), "compacting costs, too"


async def has_turns(world: HostWorld, count: int) -> bool:
    stored = await world.records()
    return f"a~1~{count:010d}" in stored and f"a~1~{COMPACT_AFTER:010d}~~" in stored and len(stored) < count


async def test_a_message_that_a_compacted_turn_took_is_taken_once_however_late_it_comes_again() -> None:
    world = HostWorld(sagas=(*SAGAS, steps))
    async with world.working():
        async with world.hosting():
            await world.start(steps, {"value": 20})
            await world.until(lambda: at_least(world, 21))
            await world.raise_event("early", 1, event_id="early")
            await world.until(lambda: at_least(world, 22))
        await compaction(world, last=22)
        async with world.hosting():
            await world.raise_event("early", 1, event_id="early", broker_id="again")
            await world.raise_event("go on", {"value": 0})
            await world.ended()

    taken = [event.message_id for event in await world.history() if event.message_id]
    assert len(taken) == len(set(taken))
    await world.check()


async def at_least(world: HostWorld, count: int) -> bool:
    return len(await world.turns()) >= count


async def test_what_a_crash_left_of_compacted_turns_is_swept_when_the_instance_is_loaded() -> None:
    world = HostWorld(sagas=(*SAGAS, steps))
    async with world.working():
        async with world.hosting():
            await world.start(steps, {"value": 20})
            await world.until(lambda: at_least(world, 21))
        left = [stored async for stored in world.store.scan(PARTITION, *turn_range("a", 1))][:7]
        await compaction(world, last=21)
        for stored in left:
            await world.store.write(PARTITION, [Create(stored.record)])
        async with world.hosting():
            await world.raise_event("go on", {"value": 0})
            await world.ended()
            await world.until(lambda: swept(world))

    assert left[0].record["id"] not in await world.records()
    await world.check()


async def swept(world: HostWorld) -> bool:
    return not [id for id in await world.records() if id < f"a~1~{21:010d}"]


async def test_a_purge_takes_compacted_turns_along() -> None:
    world = HostWorld(sagas=(*SAGAS, steps))
    async with world.working():
        async with world.hosting():
            await world.start(steps, {"value": 20})
            await world.until(lambda: at_least(world, 21))
        await compaction(world, last=21)
        async with world.hosting():
            await world.raise_event("go on", {"value": 0})
            await world.ended()
            await world.ask(purge_request("a", ""))
            await world.until(world.tombstone)

    assert await world.records() == []
