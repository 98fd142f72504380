from datetime import timedelta

from durable import DeadlineExceeded, SagaContext, saga
from tests.docs.patterns import shop


@saga("quickest")
async def quickest(ctx: SagaContext, item: str) -> str:
    try:
        async with ctx.timeout(timedelta(minutes=10)):
            won = await ctx.first(
                ctx.wait_for_event("cancelled-by-customer", str),
                ctx.call(shop.SHIP, item),
            )
    except DeadlineExceeded:
        return "nobody answered"
    return ("cancelled: " if won.index == 0 else "shipped: ") + won.value
