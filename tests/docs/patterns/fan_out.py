from durable import MapEnd, SagaContext, Tolerance, saga
from tests.docs.patterns import shop


@saga("price-all")
async def price_all(ctx: SagaContext, items: list[str]) -> int:
    both = await ctx.gather(ctx.call(shop.PRICE, items[0]), ctx.call(shop.PRICE, items[1]))  # any failure raises
    rest = await ctx.map(shop.PRICE, items[2:], max_concurrency=10, tolerate=Tolerance(share=0.1))
    if rest.reason is MapEnd.TOLERANCE_EXCEEDED:
        raise LookupError(f"{len(rest.failed)} of {len(items)} items have no price")
    return sum(both) + sum(price for _, price in rest.succeeded)
