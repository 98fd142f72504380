from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, TypeVar

from durable import ActivityError, SagaContext, saga
from tests.docs.patterns import shop

Out = TypeVar("Out")
Sale = Callable[[SagaContext, shop.Order], Coroutine[Any, Any, Out]]


def told(sale: Sale[Out]) -> Sale[Out]:
    @wraps(sale)
    async def telling(ctx: SagaContext, order: shop.Order) -> Out:
        ctx.set_tags({"order": order.id})
        try:
            result = await sale(ctx, order)
        except ActivityError as error:
            ctx.set_status(f"not sold: {error.failure.message}")
            raise
        ctx.set_status("sold")
        return result

    return telling


async def reserve_and_charge(ctx: SagaContext, order: shop.Order) -> shop.Receipt:
    for item in order.items:
        await ctx.call(shop.RESERVE, item, compensate_with=shop.RELEASE)
    return await ctx.call(shop.CHARGE, order, compensate_with=shop.REFUND)


@saga("sell-over-the-counter")
@told
async def sell_over_the_counter(ctx: SagaContext, order: shop.Order) -> shop.Receipt:
    return await reserve_and_charge(ctx, order)


@saga("sell-by-mail")
@told
async def sell_by_mail(ctx: SagaContext, order: shop.Order) -> list[str]:
    await reserve_and_charge(ctx, order)
    return [await ctx.call(shop.SHIP, item) for item in order.items]
