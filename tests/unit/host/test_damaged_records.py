from durable.ports import Delete
from durable.status import Status
from tests.support.host_world import PARTITION, HostWorld
from tests.unit.host.test_strays import dead_letters


async def test_a_head_that_can_not_be_read_leaves_its_messages_to_an_owner_that_can() -> None:
    world = HostWorld()
    async with world.hosting():
        await world.start("waiting")
        await world.until(world.turns)
    good = await world.store.read(PARTITION, "a")
    assert good is not None
    await world.overwrite({**good.record, "status": "FromTheFuture"})
    async with world.working(), world.hosting():
        await world.raise_event("number", {"value": 4}, event_id="first")
        await world.start("chain", {"value": 1}, id="neighbour")
        neighbour = await world.ended("neighbour")
    await world.overwrite(good.record)
    async with world.hosting():
        await world.raise_event("number", {"value": 2}, event_id="second")
        head = await world.ended()

    assert neighbour.status is Status.COMPLETED
    assert head.output == {"value": 42}


async def test_turns_without_a_head_refuse_a_start_where_a_person_finds_it() -> None:
    world = HostWorld()
    async with world.hosting():
        await world.start("waiting")
        await world.until(world.turns)
    await world.store.write(PARTITION, [Delete("a")])
    async with world.working(), world.hosting():
        await world.start("chain", {"value": 1}, id="a")
        await world.start("chain", {"value": 1}, id="neighbour")
        neighbour = await world.ended("neighbour")

    (dead,) = await dead_letters(world)
    assert neighbour.status is Status.COMPLETED
    assert dead["DeadLetterReason"] == "Unrecordable"
    assert "do not fit together" in dead["DeadLetterErrorDescription"]
