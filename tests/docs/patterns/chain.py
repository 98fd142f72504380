from datetime import timedelta

from durable import RetryPolicy, SagaContext, saga
from tests.docs.patterns import shop

PATIENT = RetryPolicy(max_attempts=5, first_delay=timedelta(seconds=2), max_delay=timedelta(minutes=1))


@saga("checkout")
async def checkout(ctx: SagaContext, order: shop.Order) -> shop.Receipt:
    for item in order.items:
        await ctx.call(shop.RESERVE, item, retry=PATIENT, label=f"reserve {item}")
    return await ctx.call(shop.CHARGE, order, retry=PATIENT)
