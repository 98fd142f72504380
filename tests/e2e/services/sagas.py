"""The sagas of these tests: each shape that a crash may meet, small enough to know how it must end."""

from datetime import timedelta

from contracts.documents import DocumentReceived
from durable import ActivityError, RetryPolicy, SagaContext, saga
from tests.e2e.services.contracts import NOWHERE, STEPS, Much, Number, Steps, Work

THREE_TIMES = RetryPolicy(max_attempts=3, first_delay=timedelta(seconds=0.3), jitter="none")
SECOND = timedelta(seconds=1)


@saga("chain", starts_on="e2e.chain")
async def chain(ctx: SagaContext, work: Work) -> Number:
    """Five steps, one after the other."""
    number = Number(value=work.value)
    for _ in range(5):
        number = await ctx.call(Steps(work.worker).add_one, number)
    return number


@saga("fan", starts_on="e2e.fan")
async def fan(ctx: SagaContext, work: Work) -> Number:
    """So many steps at once."""
    add_one = Steps(work.worker).add_one
    done = await ctx.gather(*(ctx.call(add_one, Number(value=n)) for n in range(work.value)))
    return Number(value=sum(one.value for one in done))


@saga("undoing", starts_on="e2e.undoing")
async def undoing(ctx: SagaContext, work: Work) -> Number:
    """A step that is undone since the next one fails."""
    steps = Steps(work.worker)
    done = await ctx.call(steps.add_one, Number(value=work.value), compensate_with=steps.undo)
    return await ctx.call(steps.fail, done)


@saga("retrying", starts_on="e2e.retrying")
async def retrying(ctx: SagaContext, work: Work) -> Number:
    """A step that works at its third attempt."""
    return await ctx.call(Steps(work.worker).flaky, Number(value=work.value), retry=THREE_TIMES)


@saga("sleeping", starts_on="e2e.sleeping")
async def sleeping(ctx: SagaContext, work: Work) -> Number:
    """A timer before a step."""
    await ctx.sleep(SECOND)
    return await ctx.call(Steps(work.worker).add_one, Number(value=work.value))


@saga("slow", starts_on="e2e.slow")
async def slow(ctx: SagaContext, work: Work) -> Number:
    """Steps with timers between, so that it is under way for some seconds."""
    number = Number(value=work.value)
    for _ in range(4):
        number = await ctx.call(Steps(work.worker).add_one, number)
        await ctx.sleep(SECOND / 2)
    return number


@saga("received", starts_on="document.received")
async def received(ctx: SagaContext, document: DocumentReceived) -> Number:
    """Two steps on an event that the ingestor knows."""
    add_one = Steps(STEPS).add_one
    return await ctx.call(add_one, await ctx.call(add_one, Number(value=document.size)))


@saga("probe", starts_on="e2e.probe")
async def probe(ctx: SagaContext, work: Work) -> Number:
    """Nothing but a turn."""
    return Number(value=work.value)


@saga("astray", starts_on="e2e.astray")
async def astray(ctx: SagaContext, work: Work) -> Number:
    """A step on a queue that does not exist, beside one that does."""
    try:
        return await ctx.call(NOWHERE, Number(value=work.value))
    except ActivityError:
        return await ctx.call(Steps(work.worker).add_one, Number(value=work.value))


@saga("unheard", starts_on="e2e.unheard")
async def unheard(ctx: SagaContext, work: Work) -> Number:
    """A step that its worker does not know."""
    return await ctx.call(Steps(work.worker).unheard_of, Number(value=work.value))


@saga("talkative", starts_on="e2e.talkative")
async def talkative(ctx: SagaContext, work: Work) -> Much:
    """A step whose result is larger than a message, so that it lies in the object store."""
    return await ctx.call(Steps(work.worker).say_much, Number(value=work.value))
