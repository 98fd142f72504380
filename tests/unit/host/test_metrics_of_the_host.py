"""What a partition host counts of sagas, turns and commits."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from durable import RetryPolicy, SagaContext, saga
from durable.errors import BrokerUnavailable
from durable.events import EventReceived
from durable.messages import INSTANCES, InstanceMessage
from durable.telemetry.metrics import Metric, Metrics
from durable.telemetry.metrics.declared import (
    ATTEMPTS_COMPLETED,
    ATTEMPTS_FAILED,
    ATTEMPTS_RETRIED,
    ATTEMPTS_SCHEDULED,
    COMMIT_DURATION,
    COMMIT_TURNS,
    COMPENSATIONS_STARTED,
    DEAD_LETTERS_KEPT,
    DEAD_LETTERS_REVIVED,
    DISPATCH_WAITING,
    INSTANCES_LIVE,
    INSTANCES_REMEMBERED,
    INSTANCES_STUCK,
    LOADS,
    RECONCILED,
    REPLAY_DURATION,
    REPLAY_EVENTS,
    ROUND_DURATION,
    RUN_DURATION,
    RUNS_STARTED,
    TAKEOVERS,
    TURN_DURATION,
    TURNS,
)
from orchestrator.dead_letters import TOO_OFTEN, DeadLetters
from tests.support.host_sagas import FAIL, Number
from tests.support.host_world import PARTITION, QUEUES, HostWorld
from tests.support.lives_sagas import LIVES, laps
from tests.support.ports_with_faults import FaultyBroker


async def until(world: HostWorld, metrics: Metrics, value: float, metric: Metric, *labels: str) -> None:
    """Wait until a metric has a value."""

    async def has_come() -> bool:
        return metrics.value(metric, *labels) == value

    await world.until(has_come)


async def run(saga: str) -> Metrics:
    world, metrics = HostWorld(), Metrics()
    async with world.working(), world.hosting(replace(world.ports(), metrics=metrics)):
        await world.start(saga, {"value": 7})
        await world.ended()
    return metrics


async def test_a_run_is_counted_from_its_start_to_its_end() -> None:
    metrics = await run("chain")

    assert metrics.value(RUNS_STARTED, "chain") == 1
    assert metrics.value(RUN_DURATION, "chain", "Completed") == 1
    assert metrics.value(ATTEMPTS_SCHEDULED, "chain", "steps.add-one") == 5
    assert metrics.value(ATTEMPTS_COMPLETED, "chain", "steps.add-one") == 5


async def test_turns_are_counted_and_timed_and_so_are_commits() -> None:
    metrics = await run("chain")

    assert metrics.value(TURNS, "chain") == metrics.value(TURN_DURATION, "chain") == 6
    assert metrics.value(COMMIT_DURATION) == metrics.value(COMMIT_TURNS) == 6
    assert metrics.value(ROUND_DURATION) >= 6
    assert metrics.value(TAKEOVERS) == 1


async def test_retries_and_failures_are_counted_by_activity() -> None:
    metrics = await run("retrying")

    assert metrics.value(ATTEMPTS_RETRIED, "retrying", "steps.flaky") == 2
    failures = [reading for reading in metrics.read() if reading.metric is ATTEMPTS_FAILED]
    assert [(reading.labels[:2], reading.value) for reading in failures] == [(("retrying", "steps.flaky"), 2)]


async def test_a_compensation_is_counted_when_it_begins() -> None:
    metrics = await run("undoing")

    assert metrics.value(COMPENSATIONS_STARTED, "undoing") == 1
    assert metrics.value(RUN_DURATION, "undoing", "Compensated") == 1


async def test_an_execution_that_continues_as_new_is_no_other_run() -> None:
    world, metrics = HostWorld(sagas=LIVES), Metrics()
    async with world.working(), world.hosting(replace(world.ports(), metrics=metrics)):
        await world.start(laps, {"value": 3})
        await world.ended()

    assert metrics.value(RUNS_STARTED, laps.name) == 1


async def test_an_instance_that_was_cold_is_loaded_by_a_replay() -> None:
    world, metrics = HostWorld(), Metrics()
    async with world.hosting(world.ports()):
        await world.start("waiting")
        await world.until(world.turns)
    async with world.hosting(replace(world.ports(), metrics=metrics)):
        await world.raise_event("number", {"value": 1})
        await world.raise_event("number", {"value": 2}, event_id="f")
        await world.ended()
        assert metrics.value(INSTANCES_LIVE) + metrics.value(INSTANCES_REMEMBERED) == 1

    assert metrics.value(LOADS, "open") == 1
    assert metrics.value(REPLAY_DURATION, "waiting") == metrics.value(REPLAY_EVENTS, "waiting") == 1


async def test_nothing_is_counted_twice_when_messages_come_again() -> None:
    world, metrics = HostWorld(), Metrics()
    async with world.working(), world.hosting(replace(world.ports(), metrics=metrics)):
        start = await world.start("chain", {"value": 1})
        await world.tell(start)
        await world.ended()

    assert metrics.value(RUNS_STARTED, "chain") == 1
    assert metrics.value(TURNS, "chain") == 6


@saga("stuck")
async def stuck(ctx: SagaContext, start: Number) -> Number:
    ctx.compensate(FAIL, start, retry=RetryPolicy(max_attempts=1))
    return await ctx.call(FAIL, start)


async def test_an_instance_that_waits_for_a_person_is_counted_when_it_begins_to() -> None:
    world, metrics = HostWorld(sagas=[stuck]), Metrics()
    async with world.working(), world.hosting(replace(world.ports(), metrics=metrics)):
        await world.start(stuck, {"value": 1})
        await world.ended()

    assert metrics.value(INSTANCES_STUCK, "stuck", "CompensationFailed") == 1


async def test_messages_for_a_destination_that_is_away_are_seen_to_wait() -> None:
    world, metrics = HostWorld(), Metrics()
    broker = FaultyBroker(world.broker, [BrokerUnavailable("away")] * 1000, only="commands.steps")
    async with world.hosting(replace(world.ports(broker), metrics=metrics)):
        await world.start("fan", {"value": 7})
        await until(world, metrics, 7, DISPATCH_WAITING)


async def test_what_is_sent_again_since_it_may_be_lost_is_counted() -> None:
    world, metrics = HostWorld(), Metrics()
    async with world.hosting(replace(world.ports(), metrics=metrics)):
        await world.start("chain", {"value": 1})
        await until(world, metrics, 1, RECONCILED)


async def test_dead_letters_that_are_revived_or_stay_are_told_apart() -> None:
    world, metrics = HostWorld(), Metrics()
    await world.start("chain", {"value": 1})
    await world.tell(InstanceMessage("x", "a", EventReceived(name="number", payload={"value": 1})))
    receiver = await world.broker.session(INSTANCES, PARTITION)
    first, second = await receiver.receive(2, timedelta(hours=1))
    await receiver.dead_letter(first, TOO_OFTEN, "as a test wants it")
    await receiver.dead_letter(second, "Undecodable", "as a test wants it")
    await receiver.close()
    running = asyncio.create_task(DeadLetters(world.broker, QUEUES, 1, metrics).run())
    await until(world, metrics, 1, DEAD_LETTERS_KEPT, INSTANCES)
    running.cancel()

    assert metrics.value(DEAD_LETTERS_REVIVED, TOO_OFTEN) == 1
