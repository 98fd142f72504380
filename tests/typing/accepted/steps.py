from datetime import UTC, datetime, timedelta
from typing import assert_type

from durable import Handle, RetryPolicy, SagaContext, Timeouts, saga
from tests.typing.declared import (
    CHARGE,
    COUNT,
    HOUR,
    RESERVE,
    ROUTE,
    Approval,
    Card,
    Order,
    Receipt,
    Reservation,
    sweep,
)
from tests.typing.declared import buy as buy_saga


@saga("steps")
async def steps(ctx: SagaContext, order: Order) -> Receipt:
    handle = assert_type(ctx.call(RESERVE, order), Handle[Reservation])
    assert_type(await handle, Reservation)
    assert_type(await ctx.call(RESERVE, order), Reservation)
    assert_type(await ctx.call(COUNT, [order]), dict[str, int])
    assert_type(await ctx.call(ROUTE, Card(number="1")), str)
    assert_type(await ctx.call(CHARGE, Card(number="1"), retry=RetryPolicy(max_attempts=3), label="charge"), Receipt)
    assert_type(await ctx.call(CHARGE, Card(number="1"), timeouts=Timeouts(heartbeat=HOUR)), Receipt)
    return await ctx.call(CHARGE, Card(number="1"))


@saga("children")
async def children(ctx: SagaContext) -> None:
    assert_type(await ctx.call_saga(buy_saga, Order(sku="a")), Receipt)
    assert_type(await ctx.call_saga(sweep), int)
    assert_type(ctx.start_saga(buy_saga, Order(sku="a"), on_parent_end="cancel", delay=HOUR), str)
    assert_type(ctx.start_saga(sweep, tags={"shop": "north", "day": ctx.now, "old": None}), str)


async def waits(ctx: SagaContext) -> None:
    await ctx.sleep(timedelta(days=1))
    await ctx.sleep(datetime(2030, 1, 1, tzinfo=UTC))
    assert_type(await ctx.wait_for_event("approval", Approval, timeout=HOUR), Approval)
    assert_type(await ctx.wait_for_event("orders", list[Order]), list[Order])
    assert_type(await ctx.wait_for_event("either", Approval | Order), Approval | Order)
    assert_type(await ctx.approval("approval", Approval, deadline=HOUR), Approval)
    assert_type(
        await ctx.poll(COUNT, [Order(sku="a")], until=lambda counts: counts["a"] > 3, every=HOUR), dict[str, int]
    )
    ctx.send_event("buy:1", "approval", Approval(by="me"))
    ctx.set_status({"step": 1})
    ctx.set_tags({"shop": None})


async def never_returns(ctx: SagaContext, order: Order) -> Receipt:
    ctx.continue_as_new(order)
