from pydantic import BaseModel

from durable import SagaContext, saga
from tests.docs.patterns import shop


class Turnstile(BaseModel):
    waiting: list[str] = []


@saga("turnstile")
async def turnstile(ctx: SagaContext, state: Turnstile) -> None:
    """Let one saga at a time at the thing that this instance is named for."""
    for _ in range(100):
        holder = state.waiting.pop(0) if state.waiting else await ctx.wait_for_event("enter", str)
        ctx.send_event(holder, "your-turn")
        ctx.set_status({"holder": holder, "waiting": ctx.pending_events("enter")})
        await ctx.wait_for_event(f"leave:{holder}", object)
    ctx.continue_as_new(state)


@saga("change-order")
async def change_order(ctx: SagaContext, order: str) -> str:
    gate = f"turnstile:{order}"
    ctx.send_event(gate, "enter", ctx.instance_id)  # kept for it, if nobody has started it yet
    await ctx.wait_for_event("your-turn", object)
    try:
        return await ctx.call(shop.SHIP, order)  # nobody else is at this order now
    finally:
        ctx.send_event(gate, f"leave:{ctx.instance_id}")
