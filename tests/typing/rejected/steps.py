from datetime import timedelta

from durable import SagaContext, saga
from tests.typing.declared import CHARGE, COUNT, HOUR, RESERVE, ROUTE, Approval, Card, Order, Receipt, Reservation, buy
from tests.typing.declared import sweep as sweep_saga


async def wrong_inputs(ctx: SagaContext, order: Order) -> None:
    await ctx.call(RESERVE, "a")  # error: misc
    await ctx.call(RESERVE, Card(number="1"))  # error: misc
    await ctx.call(RESERVE, None)  # error: misc
    await ctx.call(RESERVE)  # error: call-arg
    await ctx.call(COUNT, [1, 2])  # error: misc
    await ctx.call(ROUTE, 3)  # error: misc
    await ctx.call("shop.reserve", order)  # error: arg-type
    await ctx.call_saga(buy, Card(number="1"))  # error: misc
    await ctx.call_saga(buy)  # error: arg-type
    await ctx.call_saga(sweep_saga, order)  # error: misc
    await ctx.call_saga(RESERVE, order)  # error: call-overload
    ctx.start_saga(buy, "a")  # error: misc
    ctx.start_saga(buy)  # error: arg-type
    await ctx.poll(RESERVE, "a", until=lambda reservation: True, every=HOUR)  # error: misc


async def wrong_results(ctx: SagaContext, order: Order) -> None:
    receipt: Receipt = await ctx.call(RESERVE, order)  # error: arg-type
    total: str = (await ctx.call(CHARGE, Card(number="1"))).total  # error: assignment
    counts: dict[str, str] = await ctx.call(COUNT, [order])  # error: arg-type
    reservation: Reservation = await ctx.call_saga(buy, order)  # error: arg-type
    nothing: Receipt = await ctx.sleep(HOUR)  # error: assignment, func-returns-value


@saga("wrong-return")
async def wrong_return(ctx: SagaContext, order: Order) -> Receipt:
    return await ctx.call(RESERVE, order)  # error: arg-type


@saga("wrong-return-of-a-child")
async def wrong_return_of_a_child(ctx: SagaContext) -> int:
    return await ctx.call_saga(buy, Order(sku="a"))  # error: arg-type


async def wrong_events(ctx: SagaContext) -> None:
    approval: Approval = await ctx.wait_for_event("approval", Order)  # error: arg-type
    orders: list[Order] = await ctx.wait_for_event("orders", list[Card])  # error: arg-type
    decision: Order = await ctx.approval("approval", Approval, deadline=HOUR)  # error: arg-type
    await ctx.wait_for_event("approval", Approval(by="me"))  # error: arg-type
    await ctx.wait_for_event(Approval, timeout=HOUR)  # error: arg-type, call-arg
    await ctx.wait_for_event("approval", Approval, timeout=3)  # error: arg-type


async def wrong_rest(ctx: SagaContext, order: Order) -> None:
    await ctx.sleep(3)  # error: arg-type
    await ctx.call(RESERVE, order, retry=3)  # error: arg-type
    await ctx.call(RESERVE, order, timeouts=timedelta(hours=1))  # error: arg-type
    await ctx.call(RESERVE, order, lable="a")  # error: call-arg
    ctx.start_saga(buy, order, on_parent_end="forget")  # error: call-overload
    ctx.set_tags({"shop": ["north"]})  # error: dict-item
    await ctx.poll(COUNT, [order], until=lambda counts: counts.total, every=HOUR)  # error: attr-defined
    ctx.now = 3  # error: assignment, misc


def not_a_coroutine(ctx: SagaContext, order: Order) -> Receipt:
    return Receipt(total=1)


async def too_much(ctx: SagaContext, order: Order, card: Card) -> None: ...
async def no_context(order: Order) -> None: ...


saga("not-a-coroutine")(not_a_coroutine)  # error: arg-type
saga("too-much")(too_much)  # error: arg-type
saga("no-context")(no_context)  # error: arg-type
saga(buy)  # error: arg-type
