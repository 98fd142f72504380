import logging
from datetime import timedelta

import pytest

from durable.control import ActivityHeartbeat
from durable.events import ActivityCompleted, EventReceived, HistoryEvent, SagaTerminated, TimerFired
from durable.ids import message_id, partition_of, run_id
from durable.messages import INSTANCES, InstanceMessage, Message
from durable.status import Status
from orchestrator.host.triage import read_inbox
from tests.support.host_world import PARTITION, HostWorld


async def dead_letters(world: HostWorld) -> list[dict[str, str]]:
    receiver = await world.broker.receiver(f"{INSTANCES}/$deadletter")
    deliveries = await receiver.receive(10, timedelta(seconds=1))
    await receiver.close()
    return [dict(delivery.properties) for delivery in deliveries]


async def waiting(world: HostWorld) -> int:
    receiver = await world.broker.session(INSTANCES, PARTITION)
    deliveries = await receiver.receive(10, timedelta(0))
    await receiver.close()
    return len(deliveries)


def a_message(event: HistoryEvent, id: str = "nobody", run: str = "") -> InstanceMessage:
    return InstanceMessage(message_id(id, run, type(event).__name__, 1), id, event, run, 1 if run else 0)


async def test_what_is_no_message_goes_to_the_dead_letter_queue_with_the_reason() -> None:
    world = HostWorld()
    await world.start("chain", {"value": 1}, id="neighbour")
    await world.broker.send(INSTANCES, [Message(b"no json", "bad", PARTITION)])
    async with world.working(), world.hosting():
        head = await world.ended("neighbour")

    (dead,) = await dead_letters(world)
    assert dead["DeadLetterReason"] == "Undecodable"
    assert "no JSON" in dead["DeadLetterErrorDescription"]
    assert head.status is Status.COMPLETED


async def test_an_end_of_an_instance_that_was_never_started_goes_to_the_dead_letter_queue() -> None:
    world = HostWorld()
    async with world.hosting():
        await world.tell(a_message(SagaTerminated(reason="enough")))
        await world.start("waiting")
        await world.until(world.turns)

    (dead,) = await dead_letters(world)
    assert dead["DeadLetterReason"] == "UnknownInstance"
    assert "'nobody', which was never started" in dead["DeadLetterErrorDescription"]


async def test_a_heartbeat_is_settled_and_causes_no_turn() -> None:
    world = HostWorld()
    beats = [
        ActivityHeartbeat(
            f"h{n}", id, "0123456789abcdef", 1, 1, 1, "texts.shout", {"n": n}, "texts@here", "texts@here-1"
        )
        for n, id in enumerate(("a", "nobody"))
    ]
    async with world.hosting():
        await world.start("waiting")
        await world.until(world.turns)
        await world.broker.send(INSTANCES, [beat.to_message(PARTITION) for beat in beats])
        await world.start("waiting", id="neighbour")
        await world.until(lambda: world.turns("neighbour"))

        assert len(await world.turns()) == 1

    assert await dead_letters(world) == []
    assert await waiting(world) == 0


async def test_an_answer_for_an_instance_that_was_never_started_is_settled_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "orchestrator.host")
    answer = a_message(ActivityCompleted(task_id=1, name="steps.add-one"), run="another")
    world = HostWorld()
    async with world.hosting():
        await world.tell(answer)
        await world.start("waiting")
        await world.until(world.turns)

    assert await dead_letters(world) == []
    assert await waiting(world) == 0
    assert f"message {answer.id} is settled: the instance that it answers is not there" in caplog.messages


@pytest.mark.parametrize("event", [ActivityCompleted(task_id=9), TimerFired(task_id=9, due=HistoryEvent().at)])
async def test_an_answer_to_a_task_that_the_history_does_not_have_goes_to_the_dead_letter_queue(
    event: HistoryEvent,
) -> None:
    world = HostWorld()
    async with world.hosting():
        start = await world.start("waiting")
        await world.until(world.turns)
        await world.tell(a_message(event, "a", run_id(start.id)))
        await world.raise_event("number", {"value": 4}, event_id="first")
        await world.raise_event("number", {"value": 2}, event_id="second")
        head = await world.ended()

    (dead,) = await dead_letters(world)
    assert dead["DeadLetterReason"] == "AheadOfHistory"
    assert head.output == {"value": 42}
    await world.check()


async def test_an_answer_of_another_run_changes_nothing() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        await world.start("chain", {"value": 1})
        await world.tell(a_message(ActivityCompleted(task_id=1, output={"value": 900}), "a", "another"))
        head = await world.ended()

    assert head.output == {"value": 6}
    assert await dead_letters(world) == []
    await world.check()


async def test_a_message_of_another_partition_is_refused_and_says_what_to_look_at() -> None:
    world = HostWorld()
    await world.tell(a_message(EventReceived(name="number")))
    receiver = await world.broker.session(INSTANCES, PARTITION)
    deliveries = list(await receiver.receive(1, timedelta(0)))
    home = partition_of("nobody", 1000)

    inbox = read_inbox(deliveries, PARTITION, 1000)

    assert inbox.items == {}
    (refused,) = inbox.refused
    assert refused.reason == "ForeignPartition"
    assert f"expected instances of partition {PARTITION}; found 'nobody' of {home}" in refused.description
    assert "Do all services use 1000 partitions?" in refused.description


async def test_what_is_said_to_a_run_reaches_it_in_whichever_execution_and_no_other_run() -> None:
    world = HostWorld()
    start = await world.start("waiting")
    async with world.hosting():
        await world.until(world.turns)
        await world.tell(_a_termination("other"))
        await world.tell(_a_termination(run_id(start.id)))
        head = await world.ended()

    assert head.status is Status.TERMINATED
    history = await world.history()
    assert [event.reason for event in history if isinstance(event, SagaTerminated)] == [run_id(start.id)]


def _a_termination(run: str) -> InstanceMessage:
    return InstanceMessage(message_id("a", run, "SagaTerminated", 1), "a", SagaTerminated(reason=run), run)
