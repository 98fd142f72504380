import asyncio
from typing import Any

import pytest

from durable.adapters.memory.store import READ_CHARGE
from durable.events import ActivityCompleted, ActivityFailed, ActivityScheduled
from durable.ports import Upsert
from durable.requests import REWIND, OwnerRequest
from durable.status import Status
from orchestrator.spending import Spent
from tests.support.host_sagas import REPAIRED
from tests.support.host_world import LOCK, PARTITION, HostWorld
from tests.support.lives_sagas import LIVES, laps
from tests.unit.host.test_crashes import live_and_die
from tests.unit.host.test_purge import purged

ADD_ONE = "steps.add-one"


async def cost_of(world: HostWorld, id: str = "a") -> Spent:
    head = await world.ended(id)
    assert head.cost is not None
    return head.cost


async def run(saga: str, input: object, death_at: int | None = None, world: HostWorld | None = None) -> HostWorld:
    """Run an instance to its end, with a host that dies on the way if it is to."""
    world = world or HostWorld()
    async with world.working():
        await world.start(saga, input)
        await live_and_die(world, death_at)
        async with world.hosting():
            await world.ended()
            await asyncio.sleep(2 * LOCK.total_seconds())
    return world


async def recounted(world: HostWorld) -> dict[str, tuple[int, float]]:
    """Attempts and worker seconds by step, from the history itself."""
    found: dict[str, tuple[int, float]] = {}
    for event in await world.history():
        if isinstance(event, ActivityScheduled):
            attempts, seconds = found.get(event.name, (0, 0.0))
            found[event.name] = (attempts + 1, seconds)
        if isinstance(event, ActivityCompleted | ActivityFailed) and event.started_at and event.ended_at:
            attempts, seconds = found[event.name]
            found[event.name] = (attempts, round(seconds + (event.ended_at - event.started_at).total_seconds(), 6))
    return found


async def test_a_chain_of_five_costs_two_messages_an_activity_beside_its_start_and_its_lifecycle() -> None:
    world = await run("chain", {"value": 1})

    spent = await cost_of(world)

    attempts, _, messages, size = spent.steps[ADD_ONE]
    assert (attempts, messages) == (5, 10)
    assert spent.totals()["messages"] == 10 + 1 + 2
    assert size > 10 * 200


async def test_failed_attempts_and_undos_cost_too() -> None:
    world = await run("retrying", {"value": 7})

    spent = await cost_of(world)

    assert spent.steps["steps.flaky"][0] == 3
    assert spent.steps["steps.flaky"][2] == 6


@pytest.mark.parametrize(("name", "input"), [("chain", {"value": 1}), ("fan", {"value": 8}), ("undoing", {"value": 1})])
async def test_a_host_may_die_anywhere_and_no_step_costs_less_or_more(name: str, input: Any) -> None:
    world = HostWorld()
    async with world.working():
        await world.start(name, input)
        moments = (await live_and_die(world, None)).moments
    calm = await cost_of(world)

    for death_at in range(moments):
        world = await run(name, input, death_at)
        spent = await cost_of(world)
        assert {step: (sums[0], sums[1]) for step, sums in spent.steps.items()} == await recounted(world), (
            f"moment {death_at}"
        )
        assert {step: sums[2:] for step, sums in spent.steps.items()} == {
            step: sums[2:] for step, sums in calm.steps.items()
        }
        # Of a turn whose writer died the estimate stays, by a price list that is not the memory's.
        assert spent.ru > 0.5 * calm.ru, f"moment {death_at}"
        # What came again costs again, and is recorded with the next turn if there is one.
        assert calm.totals()["messages"] <= spent.totals()["messages"] <= calm.totals()["messages"] + 2 * moments, (
            f"moment {death_at}"
        )


async def test_what_the_next_owner_sums_up_is_what_the_one_before_had_in_memory() -> None:
    world = HostWorld()
    async with world.hosting():
        await world.start("waiting")
        await world.raise_event("number", {"value": 4})
        await world.until(lambda: two_turns(world))
    turns = [turn.spent for turn in await world.turns("a")]
    async with world.hosting():
        await world.raise_event("number", {"value": 2}, event_id="f")
        spent = await cost_of(world)
    all_turns = await world.turns("a")

    assert None not in turns
    total = Spent()
    for turn in all_turns:
        assert turn.spent is not None
        total.add(*turn.spent)
    assert spent.in_head() == total.in_head()


async def two_turns(world: HostWorld) -> bool:
    return len(await world.turns("a")) == 2


async def test_the_executions_of_a_run_add_up() -> None:
    world = HostWorld(sagas=LIVES)
    async with world.working(), world.hosting():
        await world.start(laps, {"value": 3})
        spent = await cost_of(world)

    assert sum(sums[0] for _, sums in spent.steps.items()) == 3
    assert (await world.ended()).execution == 4


async def test_another_run_under_the_same_id_begins_at_nothing() -> None:
    world = await run("chain", {"value": 1})
    first = await cost_of(world)
    async with world.working(), world.hosting():
        await purged(world)
        await world.start("fan", {"value": 2})
        await world.until(lambda: is_fan(world))
        second = await cost_of(world)

    assert second.steps[ADD_ONE][0] == 2
    assert second.ru < first.ru


async def is_fan(world: HostWorld) -> bool:
    head = await world.head()
    return head is not None and head.saga == "fan" and head.status.ended


async def test_an_instance_of_a_version_that_did_not_count_is_counted_from_now_on() -> None:
    world = HostWorld()
    async with world.hosting():
        await world.start("waiting")
        await world.raise_event("number", {"value": 4})
        await world.until(lambda: two_turns(world))
    await strip(world)
    async with world.hosting():
        await world.raise_event("number", {"value": 2}, event_id="f")
        spent = await cost_of(world)

    assert spent.totals()["messages"] == 2


async def strip(world: HostWorld) -> None:
    """Let its records say what those of an earlier version said."""
    ids = ["a", "a~1~0000000001", "a~1~0000000002"]
    stored = [await world.store.read(PARTITION, id) for id in ids]
    records = [{k: v for k, v in one.record.items() if k not in ("cost", "spent")} for one in stored if one]
    await world.store.write(PARTITION, [Upsert(record) for record in records])


async def one_turn(world: HostWorld) -> bool:
    return len(await world.turns("a")) == 1


async def test_a_rewind_adds_what_it_does_and_not_what_it_takes_over() -> None:
    world = HostWorld(sagas=LIVES)
    async with world.working(), world.hosting():
        await world.start("mending", {"value": 1})
        failed = await cost_of(world)
        world.effects.append(REPAIRED)
        await world.ask(OwnerRequest("request", "a", REWIND, "", {"to": None, "reason": "repaired"}))
        await world.until(lambda: is_completed(world))
        mended = await cost_of(world)

    assert failed.steps[ADD_ONE][:3] == mended.steps[ADD_ONE][:3]
    assert mended.steps["steps.mend"][0] == failed.steps["steps.mend"][0] + 1
    assert mended.ru > failed.ru


async def is_completed(world: HostWorld) -> bool:
    head = await world.head()
    return head is not None and head.status is Status.COMPLETED


async def test_loading_an_instance_costs_it_something() -> None:
    calm = HostWorld()
    async with calm.hosting():
        await calm.start("waiting")
        for number in range(2):
            await calm.raise_event("number", {"value": 4}, event_id=str(number))
        without = await cost_of(calm)
    world = HostWorld()
    async with world.hosting():
        await world.start("waiting")
        await world.until(lambda: one_turn(world))
    async with world.hosting():
        for number in range(2):
            await world.raise_event("number", {"value": 4}, event_id=str(number))
        spent = await cost_of(world)

    assert spent.ru >= without.ru + 2 * READ_CHARGE
