"""What a worker tells of its attempts and of its slots."""

from __future__ import annotations

import asyncio

from durable.telemetry.metrics import Distribution, Metric, Metrics
from durable.telemetry.metrics.declared import (
    ACTIVITY_DURATION,
    COMPLETIONS_WAITING,
    SCHEDULE_TO_START,
    SLOTS_FREE,
    SLOTS_USED,
)
from durable.worker import Worker
from tests.support.worker_world import SHOUT, Text, a_command, a_world

NAME = SHOUT.name


def a_slow_worker(seconds: float) -> Worker:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def shout(text: Text) -> Text:
        if text.text == "fail":
            raise ValueError("no such text")
        await asyncio.sleep(seconds)
        return text

    return worker


def distribution(metrics: Metrics, metric: Metric) -> Distribution:
    (value,) = [reading.value for reading in metrics.read() if reading.metric is metric]
    assert isinstance(value, Distribution)
    return value


async def test_attempts_are_timed_by_activity_and_outcome() -> None:
    metrics = Metrics()
    async with a_world(a_slow_worker(20), metrics=metrics) as world:
        await world.send(a_command())
        await world.completed()
        assert distribution(metrics, ACTIVITY_DURATION).sum == 20
        await world.send(a_command(input={"text": "fail"}))
        await world.failure()

    assert metrics.value(ACTIVITY_DURATION, NAME, "completed") == 1
    assert metrics.value(ACTIVITY_DURATION, NAME, "failed") == 1


async def test_an_attempt_whose_time_was_over_is_told_as_timed_out() -> None:
    metrics = Metrics()
    async with a_world(a_slow_worker(20), metrics=metrics) as world:
        await world.send(a_command(start_to_close=5.0))
        await world.failure()

    assert metrics.value(ACTIVITY_DURATION, NAME, "timed-out") == 1


async def test_a_command_that_waits_for_a_slot_starts_late() -> None:
    metrics = Metrics()
    async with a_world(a_slow_worker(20), metrics=metrics, concurrency=1) as world:
        await world.send(a_command(), a_command())
        await world.completions(2)

    assert distribution(metrics, SCHEDULE_TO_START).sum == 20


async def test_slots_are_used_while_commands_run() -> None:
    metrics = Metrics()
    async with a_world(a_slow_worker(20), metrics=metrics, concurrency=3) as world:
        await world.send(a_command())
        await asyncio.sleep(10)
        assert (metrics.value(SLOTS_USED), metrics.value(SLOTS_FREE)) == (1, 2)
        await world.completed()
        await asyncio.sleep(1)
        assert (metrics.value(SLOTS_USED), metrics.value(SLOTS_FREE)) == (0, 3)
        assert metrics.value(COMPLETIONS_WAITING) == 0
