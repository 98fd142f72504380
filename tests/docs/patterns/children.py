from datetime import timedelta

from durable import ChildSagaError, RetryPolicy, SagaContext, saga
from tests.docs.patterns import shop


@saga("one-parcel")
async def one_parcel(ctx: SagaContext, item: str) -> str:
    return await ctx.call(shop.SHIP, await ctx.call(shop.RESERVE, item))


@saga("survey")
async def survey(ctx: SagaContext, order: str) -> None:
    await ctx.call(shop.TRACK, order)


@saga("big-order")
async def big_order(ctx: SagaContext, order: shop.Order) -> list[str]:
    try:
        parcels = await ctx.gather(
            *(ctx.call_saga(one_parcel, item, retry=RetryPolicy(max_attempts=2)) for item in order.items)
        )
    except ChildSagaError as error:
        if error.matches("OutOfStock"):
            return []
        raise
    ctx.start_saga(survey, order.id, delay=timedelta(days=7))  # nobody waits for it
    return parcels
