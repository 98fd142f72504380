"""The handlers of these tests, for any worker of these activities."""

from durable.worker import ActivityContext, Worker
from tests.e2e.services.contracts import TOO_MUCH, Much, Number, Steps
from tests.e2e.services.effects import Effects

WORKS_AT_ATTEMPT = 3


def a_worker(name: str, effects: Effects) -> Worker:
    """Make a worker that notes whatever it does."""
    worker, steps = Worker(name), Steps(name)

    @worker.handles(steps.add_one)
    async def add_one(number: Number, ctx: ActivityContext) -> Number:
        effects.add(ctx)
        return Number(value=number.value + 1)

    @worker.handles(steps.fail)
    async def fail(number: Number, ctx: ActivityContext) -> Number:
        effects.add(ctx)
        raise ValueError(f"no {number.value}")

    @worker.handles(steps.flaky)
    async def flaky(number: Number, ctx: ActivityContext) -> Number:
        effects.add(ctx)
        if ctx.attempt < WORKS_AT_ATTEMPT:
            raise ValueError("not yet")
        return number

    @worker.handles(steps.undo)
    async def undo(number: Number, ctx: ActivityContext) -> Number:
        effects.add(ctx)
        return number

    @worker.handles(steps.say_much)
    async def say_much(_: Number, ctx: ActivityContext) -> Much:
        effects.add(ctx)
        return Much(text="x" * TOO_MUCH)

    return worker
