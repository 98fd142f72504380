from durable import SagaContext
from tests.typing.declared import CHARGE, HOUR, REFUND, RELEASE, RESERVE, Card, Order, buy

CARD = Card(number="1")


async def undos_of_another_step(ctx: SagaContext, order: Order) -> None:
    await ctx.call(RESERVE, order, compensate_with=REFUND)  # error: misc
    await ctx.call(CHARGE, CARD, compensate_with=RELEASE)  # error: misc
    await ctx.call(CHARGE, CARD, compensate_with=CHARGE)  # error: misc
    await ctx.call_saga(buy, order, compensate_with=RELEASE)  # error: misc
    await ctx.call_saga(buy, order, compensate_with=buy)  # error: call-overload
    ctx.compensate(REFUND, await ctx.call(RESERVE, order))  # error: misc
    ctx.compensate(REFUND)  # error: call-arg
    ctx.compensate(REFUND, None)  # error: misc
    ctx.compensate(RELEASE, await ctx.call(RESERVE, order), retry=HOUR)  # error: arg-type
    ctx.pivot("now")  # error: call-arg
