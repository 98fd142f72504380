from durable import SagaContext, saga
from tests.docs.patterns import shop


@saga("stock-taking")
async def stock_taking(ctx: SagaContext, items: list[str]) -> int:
    ctx.set_tags({"site": "north", "started": ctx.now})
    total = 0
    for done, item in enumerate(items):
        ctx.set_status({"percent": 100 * done // len(items)})
        total += await ctx.call(shop.PRICE, item)
        ctx.log.info("%s is worth %d so far", item, total)
    return total
