"""Sagas that use every verb, each with the world it needs: for tests that compare one way of running with another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from durable import (
    Activity,
    ActivityError,
    Cancelled,
    EventTimeout,
    MapFailed,
    NonRetryable,
    RetryAfter,
    RetryPolicy,
    Saga,
    SagaContext,
    saga,
)
from tests.support.drive import AnyActivity, Drive, Handler

DOUBLE = Activity("numbers.double", int, int)
FLAKY = Activity("numbers.flaky", int, int)
FORGET = Activity("numbers.forget", int, type(None))
STUCK = Activity("numbers.stuck", int, type(None))
NOWHERE = Activity("nowhere.at-all", int, int)
HOUR = timedelta(hours=1)
FEW = RetryPolicy(max_attempts=4, first_delay=timedelta(seconds=10))


@saga("chain")
async def chain(ctx: SagaContext, steps: int) -> list[object]:
    told: list[object] = [ctx.uuid(), ctx.random.randint(0, 10**6)]
    for step in range(steps):
        doubled = await ctx.call(DOUBLE, step)
        told += [doubled, await ctx.gather(ctx.call(FLAKY, step, retry=FEW)), ctx.now]
    return [*told, ctx.uuid(), ctx.random.random()]


@saga("fan-out")
async def fan_out(ctx: SagaContext, count: int) -> list[int]:
    ctx.compensate(FORGET, 1000)
    calls = [ctx.call(DOUBLE, number, compensate_with=FORGET, label=f"n{number}") for number in range(count)]
    doubled = await ctx.gather(*calls)
    lenient = await ctx.gather(ctx.call(NOWHERE, 1), ctx.call(DOUBLE, 1), return_exceptions=True)
    assert isinstance(lenient[0], ActivityError)
    await ctx.gather(ctx.call(DOUBLE, 9, compensate_with=FORGET), ctx.call(FLAKY, -1, retry=FEW))
    return doubled


@saga("stuck")
async def stuck(ctx: SagaContext) -> None:
    for number in range(3):
        ctx.compensate(FORGET, number)
    ctx.compensate(STUCK, 1, retry=FEW)
    await ctx.sleep(HOUR)
    raise LookupError("nothing found")


@saga("mapping")
async def mapping(ctx: SagaContext, count: int) -> list[object]:
    good = await ctx.map(FLAKY, range(count), max_concurrency=3, retry=FEW)
    try:
        await ctx.map(FLAKY, [1, 2, -1, 3, 4, 5, 6], max_concurrency=2)
    except MapFailed as error:
        return [good.outputs, sorted(index for index, _ in error.result.succeeded), error.result.not_started]
    return []


@saga("patient")
async def patient(ctx: SagaContext) -> list[object]:
    told: list[object] = []
    slow = ctx.sleep(30 * HOUR)
    while len(told) < 5:
        try:
            told.append(await ctx.wait_for_event("note", str, timeout=2 * HOUR))
        except EventTimeout:
            told.append(ctx.now)
    slow.cancel()
    try:
        await slow
    except Cancelled:
        told.append(await ctx.wait_for_event("other", int))
    return told


@saga("giving-up")
async def giving_up(ctx: SagaContext) -> int:
    slow = ctx.call(FLAKY, 7, retry=RetryPolicy(max_attempts=9, first_delay=HOUR, jitter="none"))
    await ctx.sleep(HOUR / 2)
    slow.cancel()
    return await ctx.call(DOUBLE, 4)


def _flaky() -> Handler:
    tries: dict[int, int] = {}

    def handle(number: int) -> int:
        tries[number] = tries.get(number, 0) + 1
        if number < 0:
            raise NonRetryable("below zero")
        if number % 3 == 1 and tries[number] < 3:
            raise RetryAfter(timedelta(minutes=1)) if tries[number] == 2 else OSError(f"try {tries[number]}")
        if number == 7:
            raise OSError("never")
        return number

    return handle


def _stuck(_: int) -> None:
    raise OSError("stuck")


def _handlers() -> dict[AnyActivity, Handler]:
    return {DOUBLE: lambda number: 2 * number, FLAKY: _flaky(), FORGET: lambda _: None, STUCK: _stuck}


def _just_wait(drive: Drive) -> None:
    drive.finish()


def _notes(drive: Drive) -> None:
    drive.raise_event("other", 1)
    drive.raise_event("note", "one")
    drive.raise_event("note", "two")
    drive.settle().advance(3 * HOUR)
    drive.raise_event("note", "three")
    drive.raise_event("unread", "four")
    drive.finish()


@dataclass(frozen=True)
class Sample:
    """A saga, its input, and what happens to it."""

    saga: Saga[Any, Any]
    input: object = None
    script: Callable[[Drive], None] = _just_wait
    handlers: Callable[[], Mapping[AnyActivity, Handler]] = field(default=_handlers)


SAMPLES = (
    Sample(chain, 6),
    Sample(chain, "no number"),
    Sample(fan_out, 6),
    Sample(stuck),
    Sample(mapping, 7),
    Sample(mapping, 9),
    Sample(patient, None, _notes),
    Sample(giving_up),
)
