"""Sagas of which histories are kept for ever: their code stays as it is, as that of a running instance would."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from durable import (
    Activity,
    Cancelled,
    DeadlineExceeded,
    RetryPolicy,
    Saga,
    SagaContext,
    Timeouts,
    Tolerance,
    saga,
)

DOUBLE = Activity("numbers.double", int, int)
FORGET = Activity("numbers.forget", int, type(None))
HOUR = timedelta(hours=1)
ONCE = RetryPolicy(max_attempts=1)
TWICE = RetryPolicy(max_attempts=2, first_delay=HOUR, max_delay=HOUR, jitter="none")


@saga("member")
async def member(ctx: SagaContext, number: int) -> int:
    return await ctx.call(DOUBLE, number)


@saga("family", version="3")
async def family(ctx: SagaContext, count: int) -> list[object]:
    first = ctx.call_saga(member, 1, retry=TWICE, label="first", compensate_with=FORGET, timeout=9 * HOUR)
    ctx.start_saga(member, 2, instance_id="alone", on_parent_end="cancel", delay=HOUR, tags={"kind": "alone"})
    many = await ctx.map(member, range(count), max_concurrency=2, tolerate=Tolerance(count=1))
    won = await ctx.first(first, ctx.sleep(5 * HOUR), ctx.wait_for_event("hurry", int, timeout=6 * HOUR))

    async def line(number: int) -> int:
        return await ctx.call(DOUBLE, number)

    told: list[object] = []
    async for branch in ctx.as_completed(ctx.spawn(line(5)), ctx.spawn(line(6))):
        told.append(await branch)
    ctx.call_saga(member, 9)  # durable: ignore[DUR008]: what still runs when a saga returns is part of its history
    return [won.index, won.value, many.succeeded, [index for index, _ in many.failed], told]


@saga("guarded")
async def guarded(ctx: SagaContext) -> None:
    ctx.compensate(FORGET, 1)
    async with ctx.compensation_group():
        ctx.compensate(FORGET, 2)
        await ctx.call(DOUBLE, 3, compensate_with=FORGET, label="third")
    try:
        async with ctx.timeout(HOUR):
            await ctx.until(lambda: False, timeout=2 * HOUR)
    except DeadlineExceeded:
        ctx.set_status("late")
    async with ctx.shield():
        await ctx.wait_for_event("go", int)
    await ctx.sleep(HOUR)


@saga("repaired")
async def repaired(ctx: SagaContext) -> None:
    for number in range(3):
        ctx.compensate(FORGET, number, retry=ONCE)
    await ctx.call(DOUBLE, 1)


@saga("shown")
async def shown(ctx: SagaContext) -> object:
    ctx.set_tags({"customer": "c1", "since": ctx.now, "old": None})
    ctx.set_status({"page": 1})
    ctx.send_event("other", "hello", [1])
    if ctx.patched("bounded"):
        bounds = Timeouts(schedule_to_start=HOUR, schedule_to_close=5 * HOUR, heartbeat=timedelta(seconds=9))
        await ctx.call(DOUBLE, 1, retry=TWICE, timeouts=bounds)
    ctx.pivot()
    decision = await ctx.approval("ok", bool, deadline=9 * HOUR, remind_every=2 * HOUR)
    polled = await ctx.poll(DOUBLE, 2, until=lambda number: number > 4, every=HOUR, timeout=20 * HOUR)
    return [decision, polled]


@saga("halted")
async def halted(ctx: SagaContext) -> None:
    child = ctx.call_saga(member, 1, instance_id="kid")
    total = await ctx.call(DOUBLE, 1)
    await ctx.wait_for_event("go", int)
    await ctx.call(DOUBLE, total)
    await child


@saga("forked")
async def forked(ctx: SagaContext) -> list[object]:
    key = ctx.uuid()
    await ctx.call(DOUBLE, 1, label=f"{key}-{ctx.random.randint(0, 999)}")
    await ctx.call(DOUBLE, 2, label=str(ctx.uuid()))
    return [key]


@saga("counting", version="1")
async def counting(ctx: SagaContext, number: int) -> None:
    ctx.compensate(FORGET, number, retry=TWICE)
    try:
        while True:
            await ctx.wait_for_event("go", int)
            if number < 2:
                ctx.continue_as_new(number + 1, tags={"round": number + 1})
    except Cancelled:
        await ctx.call(DOUBLE, number, label="clean")
        raise


GOLDEN: tuple[Saga[Any, Any], ...] = (member, family, guarded, repaired, shown, halted, forked, counting)
