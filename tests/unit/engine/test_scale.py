from collections import deque
from typing import Any

import pytest

from durable import Saga, SagaContext, Status, saga
from durable.events import ActivityCompleted, ActivityScheduled, EventReceived, HistoryEvent, SagaStarted
from orchestrator.engine import Instance
from tests.support.drive import IDENTITY, NOON
from tests.support.tables import ADD, replayed, setup_of

MANY = 10_000

# A limit that work growing with the square of the number of steps would break by far.
pytestmark = pytest.mark.timeout(30)


@saga("chain")
async def chain(ctx: SagaContext) -> int:
    total = 0
    for number in range(MANY):
        total += await ctx.call(ADD, number)
    return total


@saga("wide")
async def wide(ctx: SagaContext) -> int:
    return sum(await ctx.gather(*(ctx.call(ADD, number) for number in range(MANY))))


@saga("mapped")
async def mapped(ctx: SagaContext) -> int:
    return sum((await ctx.map(ADD, range(MANY), max_concurrency=100)).outputs)


@saga("listening")
async def listening(ctx: SagaContext) -> int:
    waits = [ctx.wait_for_event("e", int) for _ in range(MANY)]
    return sum(await ctx.gather(*waits))


@saga("ready")
async def ready(ctx: SagaContext) -> int:
    await ctx.call(ADD, 1)
    total = 0
    for _ in range(MANY):
        total += await ctx.wait_for_event("e", int)
    return total


def run(saga_: Saga[Any, Any], events: list[HistoryEvent]) -> tuple[Instance, list[HistoryEvent]]:
    instance = Instance.new(IDENTITY, setup_of(saga_))
    history: list[HistoryEvent] = []
    queue: deque[HistoryEvent] = deque([SagaStarted(saga=saga_.name), *events])
    while queue:
        turn = instance.turn([queue.popleft()], NOON)
        history += turn.events
        queue += [
            ActivityCompleted(task_id=event.task_id, output=1)
            for event in turn.events
            if isinstance(event, ActivityScheduled)
        ]
    return instance, history


@pytest.mark.parametrize("saga_", [chain, wide, mapped], ids=lambda saga_: saga_.name)
def test_ten_thousand_calls_are_fine_in_whatever_shape(saga_: Saga[Any, Any]) -> None:
    instance, history = run(saga_, [])

    assert (instance.status, instance.output) == (Status.COMPLETED, MANY)
    assert len(history) == 2 * MANY + 2
    assert replayed(saga_, history).output == MANY


@pytest.mark.parametrize("saga_", [listening, ready], ids=lambda saga_: saga_.name)
def test_ten_thousand_events_are_fine_before_and_after_the_wait(saga_: Saga[Any, Any]) -> None:
    instance, _ = run(saga_, [EventReceived(name="e", payload=1) for _ in range(MANY)])

    assert (instance.status, instance.output) == (Status.COMPLETED, MANY)
