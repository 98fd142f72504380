from datetime import timedelta

from durable import RetryPolicy, SagaContext, Timeouts, saga
from tests.docs.long_running.contracts import RENDER, Film, Reel

RENDERING = Timeouts(start_to_close=timedelta(hours=6), heartbeat=timedelta(minutes=1))


@saga("make-film", version="1")
async def make_film(ctx: SagaContext, film: Film) -> Reel:
    return await ctx.call(RENDER, film, timeouts=RENDERING, retry=RetryPolicy(max_attempts=5))
