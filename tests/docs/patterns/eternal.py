from durable import SagaContext, saga

ROUNDS = 100


@saga("stock", key="item")
async def stock(ctx: SagaContext, count: int) -> None:
    for _ in range(ROUNDS):
        count += await ctx.wait_for_event("moved", int)
        ctx.set_status({"count": count})
    ctx.continue_as_new(count)  # a new history; events that nobody has read go along
