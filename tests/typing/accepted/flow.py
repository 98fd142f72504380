from typing import assert_type

from durable import First, Handle, MapResult, SagaContext, Tolerance
from tests.typing.declared import CHARGE, HOUR, RESERVE, Card, Order, Receipt, Reservation, buy

ORDERS = [Order(sku="a"), Order(sku="b")]


async def branch(order: Order) -> int:
    return len(order.sku)


async def gathers(ctx: SagaContext) -> None:
    assert_type(await ctx.gather(*(ctx.call(RESERVE, order) for order in ORDERS)), list[Reservation])
    assert_type(
        await ctx.gather(ctx.call(RESERVE, ORDERS[0]), ctx.call(RESERVE, ORDERS[1]), return_exceptions=True),
        list[Reservation | Exception],
    )


async def gathers_mixed_types(ctx: SagaContext) -> None:
    reservation, receipt = await ctx.gather(ctx.call(RESERVE, ORDERS[0]), ctx.call(CHARGE, Card(number="1")))
    assert_type(reservation, Reservation)
    assert_type(receipt, Receipt)
    first, second, third = await ctx.gather(ctx.spawn(branch(ORDERS[0])), ctx.sleep(HOUR), ctx.call(RESERVE, ORDERS[0]))
    assert_type(first, int)
    assert_type(third, Reservation)
    handles: list[Handle[object]] = [ctx.call(RESERVE, ORDERS[0]), ctx.sleep(HOUR)]
    assert_type(await ctx.gather(*handles), list[object])


async def firsts(ctx: SagaContext) -> None:
    won = await ctx.first(ctx.call(RESERVE, ORDERS[0]), ctx.call(RESERVE, ORDERS[1]))
    assert_type(won, First[Reservation])
    assert_type(won.index, int)
    assert_type(won.value, Reservation)
    either = await ctx.first(ctx.call(RESERVE, ORDERS[0]), ctx.sleep(HOUR))
    assert_type(either.value, Reservation | None)


async def in_order_of_ends(ctx: SagaContext) -> None:
    async for ended in ctx.as_completed(*(ctx.call(RESERVE, order) for order in ORDERS)):
        assert_type(await ended, Reservation)


async def maps(ctx: SagaContext) -> None:
    of_activity = await ctx.map(RESERVE, ORDERS, max_concurrency=3, tolerate=Tolerance(share=0.1))
    assert_type(of_activity, MapResult[Reservation])
    assert_type(of_activity.outputs, list[Reservation])
    assert_type(of_activity.succeeded, list[tuple[int, Reservation]])
    assert_type((await ctx.map(buy, ORDERS, min_successes=1)).outputs, list[Receipt])
    assert_type((await ctx.map(branch, ORDERS)).outputs, list[int])


async def bounds(ctx: SagaContext) -> None:
    lock = ctx.lock()
    async with ctx.timeout(HOUR), ctx.shield(), lock, ctx.semaphore(3):
        handle = ctx.spawn(branch(ORDERS[0]))
        assert_type(await handle, int)
        assert_type(handle.done, bool)
        handle.cancel()
    await ctx.until(lambda: handle.done, timeout=HOUR)
