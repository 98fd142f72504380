"""Sagas whose instances have more than one execution, or others below them."""

from datetime import timedelta

from durable import RetryPolicy, SagaContext, saga
from durable.errors import ChildSagaError
from tests.support.host_sagas import ADD_ONE, FAIL, MEND, SECOND, UNDO, Number

ALL_BITS = 1023


@saga("laps")
async def laps(ctx: SagaContext, left: Number) -> Number:
    if left.value > 0:
        await ctx.call(ADD_ONE, left)
        ctx.continue_as_new(Number(value=left.value - 1))
    return left


@saga("spinning")
async def spinning(ctx: SagaContext, left: Number) -> Number:
    if left.value > 0:
        ctx.continue_as_new(Number(value=left.value - 1))
    return left


@saga("tally")
async def tally(ctx: SagaContext, so_far: Number) -> Number:
    """Adds up numbers, each a bit of its own, in executions of one number each: none may be lost or come twice."""
    one = await ctx.wait_for_event("add", Number)
    total = Number(value=so_far.value + one.value)
    if total.value < ALL_BITS:
        ctx.continue_as_new(total)
    return total


@saga("step")
async def step(ctx: SagaContext, start: Number) -> Number:
    return await ctx.call(ADD_ONE, start)


@saga("third-time")
async def third_time(ctx: SagaContext, start: Number) -> Number:
    if ctx.execution < 3:
        raise ValueError(f"not at the {ctx.execution}.")
    return start


@saga("patient")
async def patient(ctx: SagaContext) -> Number:
    return await ctx.wait_for_event("number", Number)


@saga("family")
async def family(ctx: SagaContext, width: Number) -> Number:
    done = await ctx.gather(*(ctx.call_saga(step, Number(value=n)) for n in range(width.value)))
    return Number(value=sum(one.value for one in done))


@saga("insisting")
async def insisting(ctx: SagaContext, start: Number) -> Number:
    retry = RetryPolicy(max_attempts=3, first_delay=SECOND, jitter="none")
    return await ctx.call_saga(third_time, start, instance_id="third", retry=retry)


@saga("told")
async def told(ctx: SagaContext, start: Number) -> Number:
    """Starts one that waits, and tells it what it waits for."""
    ctx.start_saga(patient, instance_id="patient")
    await ctx.call(ADD_ONE, start)
    ctx.send_event("patient", "number", start)
    return start


@saga("borrowing")
async def borrowing(ctx: SagaContext) -> str:
    """Calls a saga under an id that another instance may have."""
    try:
        await ctx.call_saga(step, Number(value=1), instance_id="taken")
    except ChildSagaError as error:
        return error.status
    return "done"


@saga("hurried")
async def hurried(ctx: SagaContext) -> str:
    child = ctx.call_saga(patient, instance_id="patient")
    await ctx.sleep(timedelta(seconds=30))
    child.cancel()
    return "gone"


@saga("giving-up")
async def giving_up(ctx: SagaContext, start: Number) -> Number:
    done = await ctx.call(ADD_ONE, start, compensate_with=UNDO)
    await ctx.call_saga(patient, instance_id="patient")
    return done


@saga("failing")
async def failing(ctx: SagaContext, start: Number) -> Number:
    done = await ctx.call(ADD_ONE, start)
    return await ctx.call(FAIL, done)


@saga("mending")
async def mending(ctx: SagaContext, start: Number) -> Number:
    first = await ctx.call(ADD_ONE, start)
    return await ctx.call(MEND, first)


@saga("asking")
async def asking(ctx: SagaContext, start: Number) -> Number:
    await ctx.call(ADD_ONE, start)
    answer = await ctx.wait_for_event("answer", Number)
    if answer.value == 0:
        raise ValueError("no")
    return await ctx.call(ADD_ONE, answer)


@saga("minding")
async def minding(ctx: SagaContext, start: Number) -> Number:
    """Has a child that waits while the parent takes a step."""
    child = ctx.call_saga(patient, instance_id="patient")
    await ctx.call(ADD_ONE, start)
    return await child


LIVES = (
    mending,
    asking,
    minding,
    laps,
    spinning,
    tally,
    step,
    third_time,
    patient,
    family,
    insisting,
    told,
    borrowing,
    hurried,
    giving_up,
    failing,
)
