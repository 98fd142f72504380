import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

from durable.errors import WriteUncertain
from durable.events import EventReceived
from durable.messages import INSTANCES, InstanceMessage
from durable.ports import Delivery
from durable.status import Status
from orchestrator.host.host_ports import HostLimits
from orchestrator.host.parking import PER_INSTANCE_MAX
from orchestrator.host.partition import PartitionHost
from orchestrator.host.purge import purge_request
from orchestrator.parked import ParkedEvent, parked_events
from tests.support.host_world import PARTITION, HostWorld
from tests.support.mortal_ports import Dead, Life, MortalBroker, MortalStore
from tests.support.ports_with_faults import FaultyWrites

KEPT = timedelta(minutes=2)
BRIEFLY = HostLimits(parked_for=KEPT)


async def parked(world: HostWorld) -> list[ParkedEvent]:
    return await parked_events(world.store, PARTITION)


async def number(world: HostWorld, value: int, id: str = "a") -> None:
    await world.raise_event("number", {"value": value}, id, event_id=f"number {value}")


async def dead_letters(world: HostWorld) -> list[Delivery]:
    receiver = await world.broker.receiver(f"{INSTANCES}/$deadletter")
    found = list(await receiver.receive(200, timedelta(seconds=1)))
    await receiver.close()
    return found


def reasons(dead: list[Delivery]) -> list[str]:
    return [each.properties["DeadLetterReason"] for each in dead]


async def test_events_that_come_before_their_instance_are_taken_behind_its_start_in_their_order() -> None:
    world = HostWorld()
    async with world.hosting():
        await number(world, 4)
        await world.until(lambda: parked(world))
        await number(world, 2)
        await world.until(lambda: count_is(world, 2))
        await world.start("waiting")
        head = await world.ended()

    assert head.output == {"value": 42}
    assert [type(event).__name__ for event in await world.history()] == [
        "SagaStarted",
        "EventReceived",
        "EventReceived",
        "SagaCompleted",
    ]
    assert await parked(world) == []
    await world.check()


async def count_is(world: HostWorld, count: int) -> bool:
    return len(await parked(world)) == count


async def test_a_parked_event_is_listed_with_what_it_says_and_when_it_expires() -> None:
    world = HostWorld(limits=BRIEFLY)
    async with world.hosting():
        await number(world, 4, id="a")
        await number(world, 5, id="ab")
        await world.until(lambda: count_is(world, 2))
        (one,) = await parked_events(world.store, PARTITION, "a")

    assert (one.instance_id, one.event.name, one.event.payload) == ("a", "number", {"value": 4})
    assert one.expires_at - one.parked_at == KEPT


async def test_an_event_whose_instance_does_not_start_goes_to_the_dead_letter_queue_when_its_time_is_over() -> None:
    world = HostWorld(limits=BRIEFLY)
    async with world.hosting():
        await number(world, 4)
        await world.until(lambda: parked(world))
        await asyncio.sleep((KEPT + timedelta(minutes=1)).total_seconds())
        (dead,) = await dead_letters(world)
        left = await parked(world)

    assert dead.properties["DeadLetterReason"] == "ParkedExpired"
    assert "'a', which did not start within 0:02:00" in dead.properties["DeadLetterErrorDescription"]
    assert InstanceMessage.from_body(dead.body, {}).event.payload == {"value": 4}  # type: ignore[attr-defined]
    assert left == []


async def test_the_expiry_of_an_event_that_was_taken_changes_nothing() -> None:
    world = HostWorld(limits=BRIEFLY)
    async with world.hosting():
        await number(world, 4)
        await world.until(lambda: parked(world))
        await world.start("waiting")
        await world.until(world.turns)
        await asyncio.sleep((KEPT + timedelta(minutes=1)).total_seconds())
        await number(world, 2)
        head = await world.ended()
        dead = await dead_letters(world)

    assert head.output == {"value": 42}
    assert dead == []


async def test_what_is_parked_survives_the_owner_that_parked_it() -> None:
    world = HostWorld()
    async with world.hosting():
        await number(world, 4)
        await world.until(lambda: parked(world))
    async with world.hosting():
        await number(world, 2)
        await world.until(lambda: count_is(world, 2))
    async with world.hosting():
        await world.start("waiting")
        head = await world.ended()

    assert head.output == {"value": 42}


async def test_an_event_parked_twice_is_taken_once() -> None:
    world = HostWorld()
    event = EventReceived(name="number", payload={"value": 4})
    message = InstanceMessage("the event", "a", event)
    async with world.hosting():
        await world.tell(message)
        await world.until(lambda: parked(world))
        await world.tell(message, broker_id="again")
        await world.start("waiting")
        await world.tell(message, broker_id="and again")
        await world.until(world.turns)
        await number(world, 2)
        head = await world.ended()

    assert head.output == {"value": 42}
    await world.check()


async def test_an_event_received_together_with_a_later_start_is_taken_behind_it() -> None:
    world = HostWorld()
    await number(world, 4)
    await world.start("waiting")
    await number(world, 2)
    async with world.hosting():
        head = await world.ended()

    assert head.output == {"value": 42}
    assert type((await world.history())[0]).__name__ == "SagaStarted"


async def test_an_event_for_a_purged_instance_waits_for_its_next_run() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        await world.start("chain", {"value": 1})
        head = await world.ended()
        await world.ask(purge_request("a", head.run))
        await world.until(world.tombstone)
        await number(world, 4)
        await world.until(lambda: parked(world))
        await number(world, 2)
        await world.start("waiting")
        await world.until(lambda: has_ended(world))
        again = await world.head()

    assert again is not None
    assert (again.execution, again.output) == (2, {"value": 42})


async def has_ended(world: HostWorld) -> bool:
    head = await world.head()
    return head is not None and head.status.ended


async def test_only_so_many_events_wait_for_one_instance() -> None:
    world = HostWorld()
    async with world.hosting():
        for value in range(PER_INSTANCE_MAX + 1):
            await number(world, value)
        await number(world, 1, id="neighbour")
        await world.until(lambda: count_is(world, PER_INSTANCE_MAX + 1))
        (dead,) = await dead_letters(world)

    assert dead.properties["DeadLetterReason"] == "ParkedLimit"
    assert f"at most {PER_INSTANCE_MAX} events" in dead.properties["DeadLetterErrorDescription"]


async def test_only_so_much_waits_for_one_instance() -> None:
    world = HostWorld()
    async with world.hosting():
        for value in range(3):
            await world.raise_event("number", "x" * 120_000, event_id=f"large {value}")
        await world.until(lambda: count_is(world, 2))
        await world.until(lambda: dead_letters(world))
    async with world.hosting():
        await world.start("waiting")
        await world.until(world.turns)
        await number(world, 4)
        await number(world, 2)
        head = await world.ended()

    assert head.status is Status.FAILED  # Text is no number: but both came through.


async def test_a_write_whose_answer_is_lost_parks_once() -> None:
    world = HostWorld()
    store = FaultyWrites(world.store)
    async with world.hosting(world.ports(store=store)):
        store.after.append(uncertain())
        await number(world, 4)
        await world.until(lambda: parked(world))
        await world.start("waiting")
        await number(world, 2)
        head = await world.ended()

    assert head.output == {"value": 42}


def uncertain() -> Any:
    return WriteUncertain("no answer")


async def mortal_life(world: HostWorld, death_at: int | None, over: Any) -> Life:
    """Host the partition until the process dies or it is over."""
    life = Life(death_at)
    ports = world.ports(MortalBroker(world.broker, life), MortalStore(world.store, life), host="mortal")

    async def host() -> None:
        with suppress(Dead, asyncio.CancelledError):
            await PartitionHost(ports, await ports.broker.session(INSTANCES, PARTITION)).serve(lambda: None)

    tasks = [asyncio.create_task(task) for task in (host(), world.until(over, timedelta(hours=1)), life.dead.wait())]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    if not life.dead.is_set():
        await asyncio.sleep(1)
    life.dead.set()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await life.bury()
    return life


async def start_when_parked(world: HostWorld) -> None:
    await world.until(lambda: parked(world))
    await world.start("waiting")
    await number(world, 2)


async def test_a_host_may_die_while_it_parks_and_unparks_and_the_event_is_taken_once() -> None:
    for death_at in range(60):
        world = HostWorld(limits=BRIEFLY)
        await number(world, 4)
        starter = asyncio.create_task(start_when_parked(world))
        life = await mortal_life(world, death_at, lambda world=world: has_ended(world))
        async with world.hosting():
            head = await world.ended()
            await starter
            await asyncio.sleep(2 * KEPT.total_seconds())
            where = f"death {life.names[-1]}, moment {death_at}"
            assert head.output == {"value": 42}, where
            assert await parked(world) == [], where
            assert await dead_letters(world) == [], where
        await world.check()


async def test_a_host_may_die_while_an_event_expires_and_it_is_found_in_the_dead_letter_queue() -> None:
    for death_at in range(40):
        world = HostWorld(limits=BRIEFLY)
        await number(world, 4)
        life = await mortal_life(world, death_at, lambda world=world: expired(world))
        async with world.hosting():
            await asyncio.sleep(2 * KEPT.total_seconds())
            where = f"death {life.names[-1]}, moment {death_at}"
            found = await dead_letters(world)
            assert 1 <= len(found) <= 2, where
            assert set(reasons(found)) == {"ParkedExpired"}, where
            assert await parked(world) == [], where


async def expired(world: HostWorld) -> bool:
    await asyncio.sleep(KEPT.total_seconds())
    return not await parked(world)
