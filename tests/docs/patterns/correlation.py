from durable import SagaContext, saga
from tests.docs.patterns import shop


@saga(
    "payment",
    starts_on="order.placed",
    starts_if=lambda event: event.subject != "test",
    key="id",
    resumes_on={"payment.captured": ("captured", "order.id"), "payment.refused": ("refused", "order.id")},
)
async def payment(ctx: SagaContext, order: shop.Order) -> str:
    won = await ctx.first(ctx.wait_for_event("captured", dict), ctx.wait_for_event("refused", dict))
    return f"{order.id} {'captured' if won.index == 0 else 'refused'}"
