from collections import Counter

from durable.events import ActivityFailed
from durable.messages import InstanceMessage
from durable.status import Status
from tests.support.host_world import PARTITION, HostWorld


def counted(world: HostWorld) -> Counter[str]:
    return Counter(name for name, _ in world.effects)


async def test_a_saga_runs_its_steps_and_completes() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        await world.start("chain", {"value": 1})
        head = await world.ended()

    assert head.status is Status.COMPLETED
    assert head.output == {"value": 6}
    assert counted(world) == {"add-one": 5}
    await world.check()


async def test_a_fan_out_is_one_turn_and_its_answers_are_batched() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        await world.start("fan", {"value": 100})
        head = await world.ended()

    assert head.output == {"value": 5050}
    assert len((await world.turns())[0].outbox) == 101
    await world.check()


async def test_a_saga_that_raises_undoes_what_it_did() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        await world.start("undoing", {"value": 1})
        head = await world.ended()

    assert head.status is Status.COMPENSATED
    assert counted(world) == {"add-one": 1, "fail": 1, "undo": 1}
    await world.check()


async def test_a_failed_activity_is_tried_again_with_the_same_key() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        await world.start("retrying", {"value": 7})
        head = await world.ended()

    assert head.output == {"value": 7}
    assert len(world.effects) == 3
    assert len({key for _, key in world.effects}) == 1
    await world.check()


async def test_a_sleep_outlives_its_host() -> None:
    world = HostWorld()
    async with world.working():
        async with world.hosting():
            await world.start("sleeping", {"value": 1})
            await world.until(world.turns)
        async with world.hosting():
            head = await world.ended()

    assert head.output == {"value": 2}
    assert head.ended_at is not None
    assert (head.ended_at - head.created_at).total_seconds() >= 30
    await world.check()


async def test_events_are_taken_in_order_of_arrival() -> None:
    world = HostWorld()
    async with world.hosting():
        await world.start("waiting")
        await world.raise_event("number", {"value": 4}, event_id="first")
        await world.raise_event("number", {"value": 2}, event_id="second")
        head = await world.ended()

    assert head.output == {"value": 42}
    await world.check()


async def test_the_same_event_is_taken_once_however_late_it_is_repeated() -> None:
    world = HostWorld()
    async with world.hosting():
        start = await world.start("waiting")
        await world.raise_event("number", {"value": 4}, event_id="first")
        await world.until(world.turns)
    async with world.hosting():
        await world.tell(start, broker_id="repeat")
        again = InstanceMessage.from_body((await repeat_of_event(world)), {})
        await world.tell(again, broker_id="repeat-2")
        await world.raise_event("number", {"value": 2}, event_id="second")
        head = await world.ended()

    assert head.output == {"value": 42}
    await world.check()


async def repeat_of_event(world: HostWorld) -> bytes:
    event = next(event for event in await world.history() if type(event).__name__ == "EventReceived")
    assert event.message_id is not None
    return InstanceMessage(event.message_id, "a", event).to_message(PARTITION).body


async def test_a_queue_that_nobody_knows_fails_that_task_alone() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        await world.start("astray", {"value": 1}, id="astray")
        await world.start("chain", {"value": 1}, id="neighbour")
        astray, neighbour = await world.ended("astray"), await world.ended("neighbour")

    assert astray.status is Status.FAILED
    assert astray.failure is not None
    assert "commands.nowhere" in astray.failure.message
    assert any(isinstance(event, ActivityFailed) for event in await world.history("astray"))
    assert neighbour.status is Status.COMPLETED


async def test_an_invalid_input_is_rejected_with_its_reasons() -> None:
    world = HostWorld()
    async with world.hosting():
        await world.start("chain", {"value": "many"})
        head = await world.ended()

    assert head.status is Status.REJECTED
    assert [where for where, _ in head.reasons] == ["value"]
