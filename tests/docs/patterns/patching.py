from durable import SagaContext, saga
from tests.docs.patterns import shop


@saga("greeting-card")
async def greeting_card(ctx: SagaContext, item: str) -> str:
    if ctx.patched("check stock first"):  # no for instances that passed here before this change
        await ctx.call(shop.PRICE, item)
    return await ctx.call(shop.SHIP, item)
