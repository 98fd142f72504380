"""Histories of one saga, and new executions that take them over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from durable import Saga, SagaContext, saga
from durable.events import ActivityCompleted, ActivityFailed, EventReceived, HistoryEvent, Rewound, TimerFired
from durable.failure import Failure
from orchestrator.engine import Identity, Instance, Turn
from orchestrator.engine.rewinding import rewind
from tests.support.drive import NOON, reread
from tests.support.plays import Play
from tests.support.tables import ADD, setup_of

HOUR = timedelta(hours=1)
NEXT = Identity("a", "run", 2)
NO = Failure("E", "no", details={"code": [1]})


@saga("child")
async def child(ctx: SagaContext) -> int:
    return 1


@saga("trip", version="1")
async def trip(ctx: SagaContext, number: int) -> list[object]:
    key = ctx.uuid()
    booked = await ctx.call(ADD, number, label="book")
    paid = await ctx.wait_for_event("paid", int)
    await ctx.sleep(HOUR)
    sent = await ctx.call(ADD, booked + paid, label="send")
    return [key, sent]


def taken(event: HistoryEvent, number: int) -> HistoryEvent:
    return replace(event, message_id=f"m{number}")


def lived(saga_: Saga[Any, Any], *facts: HistoryEvent, data: object = None, **start: Any) -> list[HistoryEvent]:
    play = Play(saga_, data, **start)
    for number, fact in enumerate(facts):
        play.turn(taken(fact, number))
    return play.history


def whole_trip() -> list[HistoryEvent]:
    return lived(
        trip,
        ActivityCompleted(task_id=1, output=10),
        EventReceived(name="paid", payload=5),
        EventReceived(name="paid", payload=6),
        TimerFired(task_id=2, due=NOON + HOUR),
        ActivityFailed(task_id=3, failure=NO),
        data=1,
    )


def rewound(saga_: Saga[Any, Any], history: Sequence[HistoryEvent], to: int) -> tuple[Instance, Turn]:
    mark = Rewound(instance_id="a", run="run", execution=1, to=to, reason="again", at=NOON + 9 * HOUR)
    instance, turn = rewind(NEXT, setup_of(saga_), history, mark)
    again = Instance.replay(NEXT, setup_of(saga_), reread(turn.events))
    assert again.mismatch is None
    assert not again.pending
    assert (again.status, again.waiting, again.output) == (instance.status, instance.waiting, instance.output)
    assert [event.sequence for event in turn.events] == list(range(1, len(turn.events) + 1))
    return instance, turn
