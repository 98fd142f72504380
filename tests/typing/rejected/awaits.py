# mypy: enable-error-code="unused-awaitable"

from durable import SagaContext, saga
from tests.typing.declared import CHARGE, HOUR, RESERVE, Approval, Card, Order, Receipt, Reservation, buy

ORDER = Order(sku="a")


@saga("returns-a-handle")
async def returns_a_handle(ctx: SagaContext) -> Receipt:
    return ctx.call(CHARGE, Card(number="1"))  # error: return-value


async def branch(order: Order) -> int:
    return len(order.sku)


async def handles_are_no_values(ctx: SagaContext) -> None:
    receipt: Receipt = ctx.call(CHARGE, Card(number="1"))  # error: assignment
    total = ctx.call(CHARGE, Card(number="1")).total  # error: attr-defined
    approved = ctx.wait_for_event("approval", Approval).by  # error: attr-defined
    ctx.compensate(RESERVE, ctx.call(RESERVE, ORDER))  # error: misc
    for reservation in ctx.gather(ctx.call(RESERVE, ORDER)):  # error: attr-defined
        print(reservation)
    outputs = ctx.map(RESERVE, [ORDER]).outputs  # error: attr-defined
    winner = ctx.first(ctx.call(RESERVE, ORDER)).value  # error: attr-defined
    number = ctx.spawn(branch(ORDER)) + 1  # error: operator


async def handles_are_not_true_or_false(ctx: SagaContext) -> None:
    if ctx.wait_for_event("approved", bool):  # error: truthy-bool
        ctx.pivot()
    done = ctx.call(RESERVE, ORDER)
    while not done:  # error: truthy-bool
        await ctx.sleep(HOUR)
    if ctx.call_saga(buy, ORDER) == Receipt(total=1):  # error: comparison-overlap
        ctx.pivot()
    if branch(ORDER):  # error: truthy-bool
        ctx.pivot()


async def nobody_awaits(ctx: SagaContext) -> None:
    ctx.call(RESERVE, ORDER)  # error: unused-awaitable
    ctx.call_saga(buy, ORDER)  # error: unused-awaitable
    ctx.sleep(HOUR)  # error: unused-awaitable
    ctx.wait_for_event("approval", Approval)  # error: unused-awaitable
    ctx.gather(ctx.call(RESERVE, ORDER))  # error: unused-awaitable
    ctx.map(RESERVE, [ORDER])  # error: unused-awaitable
    branch(ORDER)  # error: unused-coroutine


async def enters_nothing(ctx: SagaContext) -> None:
    with ctx.timeout(HOUR):  # error: attr-defined, attr-defined
        pass
    async with ctx.call(RESERVE, ORDER):  # error: attr-defined, attr-defined
        pass


async def awaits_what_is_no_handle(ctx: SagaContext) -> None:
    await ctx.compensate(RESERVE, ORDER)  # error: misc
    await ctx.start_saga(buy, ORDER)  # error: misc
    await ctx.gather(branch(ORDER))  # error: call-overload
    await ctx.first(branch(ORDER))  # error: call-overload
    await ctx.spawn(branch)  # error: arg-type
    await ctx.spawn(ctx.call(RESERVE, ORDER))  # error: arg-type
    gathered: list[Reservation] = ctx.gather(ctx.call(RESERVE, ORDER))  # error: assignment
