"""The saga whose trace is looked at: all that a trace must show, in one run that an event from outside begins."""

from datetime import timedelta

from contracts.documents import DocumentReceived
from durable import RetryPolicy, SagaContext, saga
from tests.e2e.services.contracts import STEPS, Number, Steps, Work

AT_ONCE = 3
SOON = RetryPolicy(max_attempts=3, first_delay=timedelta(seconds=0.2), jitter="none")
ONCE = RetryPolicy(max_attempts=1)


@saga("part-of-traced")
async def part_of_traced(ctx: SagaContext, work: Work) -> Number:
    """Two steps of a child."""
    add_one = Steps(work.worker).add_one
    return await ctx.call(add_one, await ctx.call(add_one, Number(value=work.value)))


@saga("traced", starts_on="document.received")
async def traced(ctx: SagaContext, document: DocumentReceived) -> Number:
    """Steps at once, one that is tried three times, a timer, a child, and one that fails: two are undone."""
    steps = Steps(STEPS)
    first = await ctx.call(steps.add_one, Number(value=document.size), compensate_with=steps.undo)
    await ctx.gather(*(ctx.call(steps.add_one, Number(value=n)) for n in range(AT_ONCE)))
    await ctx.call(steps.flaky, first, retry=SOON, compensate_with=steps.undo)
    await ctx.sleep(timedelta(seconds=0.3))
    await ctx.call_saga(part_of_traced, Work(value=first.value))
    return await ctx.call(steps.fail, first, retry=ONCE)
