from datetime import timedelta

from contracts.http import CALL_HTTP, HttpRequest
from durable import RetryPolicy, SagaContext, Timeouts, saga


@saga("ask-partner")
async def ask_partner(ctx: SagaContext, order: str) -> object:
    answer = await ctx.call(
        CALL_HTTP,
        HttpRequest.model_validate({"url": "https://partner.example/orders", "method": "POST", "body": {"id": order}}),
        retry=RetryPolicy(max_attempts=5),  # of what says busy, or does not answer
        timeouts=Timeouts(schedule_to_close=timedelta(hours=2)),
    )
    return answer.body if answer.status == 200 else None
