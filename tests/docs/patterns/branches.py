from durable import SagaContext, saga
from tests.docs.patterns import shop


@saga("two-warehouses")
async def two_warehouses(ctx: SagaContext, items: list[str]) -> list[str]:
    shipped: list[str] = []
    truck = ctx.semaphore(2)  # at most two branches load at a time

    async def deliver(item: str) -> None:
        reserved = await ctx.call(shop.RESERVE, item)
        async with truck:
            shipped.append(await ctx.call(shop.SHIP, reserved))

    await ctx.gather(*(ctx.spawn(deliver(item)) for item in items))
    return shipped
