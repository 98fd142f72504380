"""What a partition host counts of sagas, turns and commits."""

from __future__ import annotations

from dataclasses import replace

from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import (
    ATTEMPTS_COMPLETED,
    ATTEMPTS_FAILED,
    ATTEMPTS_RETRIED,
    ATTEMPTS_SCHEDULED,
    COMMIT_DURATION,
    COMMIT_TURNS,
    COMPENSATIONS_STARTED,
    INSTANCES_LIVE,
    INSTANCES_REMEMBERED,
    LOADS,
    REPLAY_DURATION,
    REPLAY_EVENTS,
    ROUND_DURATION,
    RUN_DURATION,
    RUNS_STARTED,
    TAKEOVERS,
    TURN_DURATION,
    TURNS,
)
from tests.support.host_world import HostWorld
from tests.support.lives_sagas import LIVES, laps


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
