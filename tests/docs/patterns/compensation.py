from durable import SagaContext, saga
from tests.docs.patterns import shop


@saga("order")
async def order(ctx: SagaContext, order: shop.Order) -> str:
    async with ctx.compensation_group():  # these undos may run side by side
        for item in order.items:
            ctx.compensate(shop.RELEASE, item)  # before the step: its outcome may stay unknown
            await ctx.call(shop.RESERVE, item)
    await ctx.call(shop.CHARGE, order, compensate_with=shop.REFUND)  # undone with its own result
    parcel = await ctx.call(shop.SHIP, order.id)
    ctx.pivot()  # it is on its way: from here on nothing is undone
    await ctx.call(shop.TRACK, parcel)
    return parcel
