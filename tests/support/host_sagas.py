from datetime import timedelta

from pydantic import BaseModel

from durable import Activity, RetryPolicy, SagaContext, saga
from durable.worker import ActivityContext, Worker


class Number(BaseModel):
    value: int


class Text(BaseModel):
    text: str


ADD_ONE = Activity("steps.add-one", Number, Number)
MEASURE = Activity("steps.measure", Text, Number)
FAIL = Activity("steps.fail", Number, Number)
FLAKY = Activity("steps.flaky", Number, Number)
UNDO = Activity("steps.undo", Number, Number)
NOWHERE = Activity("nowhere.at-all", Number, Number)
MEND = Activity("steps.mend", Number, Number)
SECOND = timedelta(seconds=1)
REPAIRED = ("repaired", "by hand")


@saga("chain", starts_on="chain.asked")
async def chain(ctx: SagaContext, start: Number) -> Number:
    for _ in range(5):
        start = await ctx.call(ADD_ONE, start)
    return start


@saga("heavy-fan")
async def heavy_fan(ctx: SagaContext, width: Number) -> Number:
    """Its first turn has 20 kB for each branch."""
    done = await ctx.gather(*(ctx.call(MEASURE, Text(text="é" * 10_000)) for _ in range(width.value)))
    return Number(value=sum(one.value for one in done))


@saga("fan")
async def fan(ctx: SagaContext, width: Number) -> Number:
    done = await ctx.gather(*(ctx.call(ADD_ONE, Number(value=n)) for n in range(width.value)))
    return Number(value=sum(one.value for one in done))


@saga("undoing")
async def undoing(ctx: SagaContext, start: Number) -> Number:
    done = await ctx.call(ADD_ONE, start, compensate_with=UNDO)
    return await ctx.call(FAIL, done)


@saga("retrying")
async def retrying(ctx: SagaContext, start: Number) -> Number:
    return await ctx.call(FLAKY, start, retry=RetryPolicy(max_attempts=3, first_delay=SECOND, jitter="none"))


@saga("sleeping")
async def sleeping(ctx: SagaContext, start: Number) -> Number:
    await ctx.sleep(timedelta(seconds=30))
    return await ctx.call(ADD_ONE, start)


@saga("waiting")
async def waiting(ctx: SagaContext) -> Number:
    first = await ctx.wait_for_event("number", Number)
    second = await ctx.wait_for_event("number", Number)
    return Number(value=first.value * 10 + second.value)


@saga("astray")
async def astray(ctx: SagaContext, start: Number) -> Number:
    return await ctx.call(NOWHERE, start)


SAGAS = (chain, fan, heavy_fan, undoing, retrying, sleeping, waiting, astray)


def a_worker(effects: list[tuple[str, str]]) -> Worker:
    """A worker that notes (activity, idempotency key) of whatever it does."""
    worker = Worker("steps")
    handle_mending(worker, effects)

    @worker.handles(ADD_ONE)
    async def add_one(number: Number, ctx: ActivityContext) -> Number:
        effects.append(("add-one", ctx.idempotency_key))
        return Number(value=number.value + 1)

    @worker.handles(MEASURE)
    async def measure(text: Text, ctx: ActivityContext) -> Number:
        effects.append(("measure", ctx.idempotency_key))
        return Number(value=len(text.text))

    @worker.handles(FAIL)
    async def fail(number: Number, ctx: ActivityContext) -> Number:
        effects.append(("fail", ctx.idempotency_key))
        raise ValueError(f"no {number.value}")

    @worker.handles(FLAKY)
    async def flaky(number: Number, ctx: ActivityContext) -> Number:
        effects.append(("flaky", ctx.idempotency_key))
        if ctx.attempt < 3:
            raise ValueError("not yet")
        return number

    @worker.handles(UNDO)
    async def undo(number: Number, ctx: ActivityContext) -> Number:
        effects.append(("undo", ctx.idempotency_key))
        return number

    return worker


def handle_mending(worker: Worker, effects: list[tuple[str, str]]) -> None:
    """Have a step fail until somebody notes that it is repaired."""

    @worker.handles(MEND)
    async def mend(number: Number, ctx: ActivityContext) -> Number:
        effects.append(("mend", ctx.idempotency_key))
        if REPAIRED not in effects:
            raise ValueError("still broken")
        return number
