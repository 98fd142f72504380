"""One saga in code that fits its history and in code that does not."""

from durable import RetryPolicy, SagaContext, saga
from durable.events import ActivityCompleted, EventReceived, HistoryEvent
from tests.support.drive import NOON
from tests.support.tables import ADD, UNDO_ADD, begun


@saga("chain")
async def fitting(ctx: SagaContext) -> list[int]:
    first = await ctx.call(ADD, 1, retry=RetryPolicy(max_attempts=2))
    second = await ctx.call(ADD, 2, label="second")
    third = await ctx.wait_for_event("go", int)
    return [first, second, third]


@saga("chain")
async def unfitting(ctx: SagaContext) -> list[int]:
    await ctx.call(ADD, 1)
    await ctx.call(UNDO_ADD, 2)
    return []


def completed(task_id: int, output: int = 0, attempt: int = 1) -> HistoryEvent:
    return ActivityCompleted(task_id=task_id, attempt=attempt, output=output, message_id=f"answer {task_id}")


def go(payload: int) -> HistoryEvent:
    return EventReceived(name="go", payload=payload, message_id=f"go {payload}")


def at_second_step() -> list[HistoryEvent]:
    instance, turn = begun(fitting)
    return [*turn.events, *instance.turn([completed(1, 10)], NOON).events]
