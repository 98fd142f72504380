from durable import MapResult, SagaContext, Tolerance
from tests.typing.declared import CHARGE, HOUR, RESERVE, Card, Order, Receipt, Reservation, buy

ORDERS = [Order(sku="a"), Order(sku="b")]
CARD = Card(number="1")


async def branch(order: Order) -> int:
    return len(order.sku)


async def two(a: Order, b: Order) -> int:
    return 1


async def gathers(ctx: SagaContext) -> None:
    receipts: list[Receipt] = await ctx.gather(*(ctx.call(RESERVE, o) for o in ORDERS))  # error: assignment
    wrong_way, round_ = await ctx.gather(ctx.call(RESERVE, ORDERS[0]), ctx.call(CHARGE, CARD))
    print(wrong_way.total, round_.id)  # error: attr-defined, attr-defined
    one, other, more = await ctx.gather(ctx.call(RESERVE, ORDERS[0]), ctx.call(CHARGE, CARD))  # error: misc
    kept = await ctx.gather(ctx.call(RESERVE, ORDERS[0]), return_exceptions=True)
    print(kept[0].id)  # error: union-attr
    await ctx.gather([ctx.call(RESERVE, ORDERS[0])])  # error: call-overload
    await ctx.gather(ctx.call(RESERVE, ORDERS[0]), return_exception=True)  # error: call-overload, call-overload


async def firsts(ctx: SagaContext) -> None:
    won = await ctx.first(ctx.call(RESERVE, ORDERS[0]), ctx.sleep(HOUR))
    reservation: Reservation = won.value  # error: assignment
    print(reservation, won.id)  # error: attr-defined
    winner: Reservation = await ctx.first(ctx.call(RESERVE, ORDERS[0]))  # error: assignment


async def in_order_of_ends(ctx: SagaContext) -> None:
    for early in ctx.as_completed(ctx.call(RESERVE, ORDERS[0])):  # error: attr-defined
        print(early)
    async for ended in ctx.as_completed(ctx.call(RESERVE, ORDERS[0])):
        receipt: Receipt = await ended  # error: assignment
        print(receipt)


async def maps(ctx: SagaContext) -> None:
    receipts: list[Receipt] = (await ctx.map(RESERVE, ORDERS)).outputs  # error: assignment
    reservations: list[Reservation] = await ctx.map(RESERVE, ORDERS)  # error: assignment
    result: MapResult[Receipt] = await ctx.map(buy, ORDERS)
    of_branch: MapResult[str] = await ctx.map(branch, ORDERS)  # error: arg-type
    await ctx.map(RESERVE, [CARD])  # error: misc
    await ctx.map(RESERVE, ORDERS[0])  # error: misc
    await ctx.map(buy, ["a"])  # error: misc
    await ctx.map(two, ORDERS)  # error: arg-type
    await ctx.map(branch(ORDERS[0]), ORDERS)  # error: call-overload
    await ctx.map(RESERVE, ORDERS, tolerate=0.1)  # error: call-overload
    await ctx.map(RESERVE, ORDERS, max_concurrency=Tolerance(count=1))  # error: call-overload
    index, failure = result.failed[0]
    print(failure.total, index.id)  # error: attr-defined, attr-defined


async def bounds(ctx: SagaContext) -> None:
    async with ctx.timeout(3):  # error: arg-type
        pass
    async with ctx.semaphore():  # error: call-arg
        pass
    await ctx.until(True)  # error: arg-type
