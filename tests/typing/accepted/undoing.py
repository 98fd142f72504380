from typing import assert_type

from durable import Activity, RetryPolicy, SagaContext
from tests.typing.declared import CHARGE, REFUND, RELEASE, RESERVE, Card, Order, Receipt, Reservation, buy


async def undoes(ctx: SagaContext, order: Order) -> None:
    async with ctx.compensation_group():
        await ctx.call(RESERVE, order, compensate_with=RELEASE)
        receipt = await ctx.call(CHARGE, Card(number="1"), compensate_with=REFUND)
    await ctx.call_saga(buy, order, compensate_with=REFUND)
    ctx.compensate(REFUND, receipt, retry=RetryPolicy(max_attempts=3))
    ctx.pivot()


async def one_undo_for_several_steps(ctx: SagaContext, order: Order) -> None:
    undo = Activity("shop.undo", Reservation | Receipt, type(None))
    assert_type(await ctx.call(RESERVE, order, compensate_with=undo), Reservation)
    assert_type(await ctx.call(CHARGE, Card(number="1"), compensate_with=undo), Receipt)
