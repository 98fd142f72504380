from datetime import timedelta

from durable import RetryPolicy, SagaContext, saga
from tests.docs.greetings.contracts import GREET, Greeting, Visitor


@saga("welcome", starts_on="visitor.arrived", key="name")
async def welcome(ctx: SagaContext, visitor: Visitor) -> Greeting:
    hello = await ctx.call(GREET, visitor, retry=RetryPolicy(max_attempts=3))
    await ctx.sleep(timedelta(seconds=2))
    again = await ctx.call(GREET, Visitor(name=f"{visitor.name}, once more"))
    return Greeting(text=f"{hello.text} {again.text}")
