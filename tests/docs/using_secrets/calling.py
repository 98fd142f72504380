from datetime import timedelta

from contracts.http import CALL_HTTP, HttpRequest, SecretHeader
from durable import RetryPolicy, SagaContext, saga


@saga("order-label")
async def order_label(ctx: SagaContext, parcel: str) -> int:
    request = HttpRequest.model_validate(
        {
            "url": "https://api.example.com/labels",
            "method": "POST",
            "headers": {"Authorization": SecretHeader(secret="post-token", prefix="Bearer ")},
            "body": {"parcel": parcel},
        }
    )
    answer = await ctx.call(CALL_HTTP, request, retry=RetryPolicy(max_attempts=5, first_delay=timedelta(seconds=1)))
    return answer.status
