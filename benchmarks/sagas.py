"""The sagas of the benchmark: a chain and a fan-out."""

from __future__ import annotations

from benchmarks.contracts import CHAIN_ASKED, ECHO, FAN_ASKED, PAD, ChainRequest, FanRequest, Item, Stamps
from durable import SagaContext, saga


@saga("chain", starts_on=CHAIN_ASKED)
async def chain(ctx: SagaContext, request: ChainRequest) -> Stamps:
    """Call one activity after the other."""
    stamps = []
    for step in range(request.steps):
        done = await ctx.call(ECHO, Item(i=step, p=PAD))
        if step % request.every == 0 or step == request.steps - 1:
            stamps.append(done.t)
    return Stamps(stamps=stamps)


@saga("fan", starts_on=FAN_ASKED)
async def fan(ctx: SagaContext, request: FanRequest) -> Stamps:
    """Call all activities at once."""
    done = await ctx.gather(*(ctx.call(ECHO, Item(i=step, p=PAD)) for step in range(request.width)))
    return Stamps(stamps=[one.t for one in done])
