from datetime import timedelta

from durable import DeadlineExceeded, SagaContext, saga
from tests.docs.patterns import shop


@saga("tracking")
async def tracking(ctx: SagaContext, parcel: str) -> str:
    try:
        return await ctx.poll(
            shop.TRACK,
            parcel,
            until=lambda state: state == "delivered",
            every=timedelta(hours=1),
            timeout=timedelta(days=14),
        )
    except DeadlineExceeded:
        return "lost"
