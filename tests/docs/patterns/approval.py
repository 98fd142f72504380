from datetime import timedelta

from durable import EventTimeout, SagaContext, saga
from tests.docs.patterns import shop


@saga("large-refund")
async def large_refund(ctx: SagaContext, receipt: shop.Receipt) -> str:
    try:
        decision = await ctx.approval(
            "refund-approval",
            str,
            deadline=timedelta(days=2),
            remind_every=timedelta(hours=12),
            escalate_to="head-of-sales",
        )
    except EventTimeout:
        return "nobody decided"
    if decision == "yes":
        await ctx.call(shop.REFUND, receipt)
    return decision
