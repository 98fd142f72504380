from durable import Cancelled, SagaContext, saga
from tests.docs.patterns import shop


@saga("hold")
async def hold(ctx: SagaContext, item: str) -> str:
    async with ctx.shield():  # a cancel waits until both steps are done
        reserved = await ctx.call(shop.RESERVE, item)
        parcel = await ctx.call(shop.SHIP, reserved)
    try:
        return await ctx.wait_for_event("delivered", str)
    except Cancelled:
        await ctx.call(shop.RELEASE, parcel)  # later awaits work: clean up, then let it through
        raise
