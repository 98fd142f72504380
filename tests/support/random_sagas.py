"""Sagas made up by Hypothesis: programs as data, the one saga that carries them out, and a world without order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from durable import Activity, Handle, RetryPolicy, SagaContext, SagaError, saga
from durable.events import (
    ActivityCompleted,
    ActivityFailed,
    ActivityScheduled,
    EventReceived,
    HistoryEvent,
    SagaStarted,
    TimerCreated,
    TimerFired,
)
from durable.failure import Failure
from durable.status import Status
from orchestrator.engine import Instance, Setup, Turn, Verdict
from tests.support.drive import IDENTITY, NOON
from tests.support.tables import setup_of

DO = Activity("math.do", int, int)
UNDO = Activity("math.undo", int, int)
NOWHERE = Activity("nowhere.do", int, int)
MINUTE = timedelta(minutes=1)
RETRY = RetryPolicy(max_attempts=3, first_delay=MINUTE)
Step = tuple[Any, ...]

_NUMBERS = st.integers(0, 9)
_SIMPLE = st.one_of(
    st.tuples(st.just("call"), _NUMBERS),
    st.tuples(st.just("step"), _NUMBERS),
    st.tuples(st.just("nowhere"), _NUMBERS),
    st.tuples(st.just("sleep"), st.integers(-5, 90)),
    st.tuples(st.just("wait"), st.sampled_from("xy"), st.integers(0, 60)),
)
_HANDLES = st.recursive(
    _SIMPLE,
    lambda inner: st.tuples(st.sampled_from(["gather", "lenient"]), st.lists(inner, max_size=4)),
    max_leaves=6,
)
_STEPS = st.one_of(
    _HANDLES,
    st.tuples(st.just("map"), st.lists(_NUMBERS, max_size=6), st.integers(1, 4)),
    st.tuples(st.just("cancel"), _SIMPLE),
    st.tuples(st.just("leave"), _SIMPLE),
    st.tuples(st.just("undo"), _NUMBERS),
    st.tuples(
        st.just("chance"),
    ),
    st.tuples(
        st.just("raise"),
    ),
)
PROGRAMS = st.lists(
    st.recursive(_STEPS, lambda inner: st.tuples(st.just("try"), st.lists(inner, max_size=4)), max_leaves=5), max_size=7
)


@saga("program")
async def program(ctx: SagaContext, steps: list[Any]) -> str:
    for step in steps:
        await _carry_out(ctx, step)
    return str(ctx.uuid())


@saga("program")
async def crooked(ctx: SagaContext, steps: list[Any]) -> str:
    for step in steps[: len(steps) // 2]:
        await _carry_out(ctx, step)
    await ctx.call(UNDO, 1, label="never so")
    return ""


async def _carry_out(ctx: SagaContext, step: Step) -> None:
    name, *given = step
    if name == "try":
        await _try(ctx, *given)
    elif name == "raise":
        raise LookupError("as the program says")
    elif name == "undo":
        ctx.compensate(UNDO, *given)
    elif name == "cancel":
        _handle(ctx, *given).cancel()
    elif name == "leave":
        _handle(ctx, *given)
    else:
        await _handle(ctx, step)


async def _try(ctx: SagaContext, steps: list[Step]) -> None:
    try:
        for step in steps:
            await _carry_out(ctx, step)
    except (SagaError, LookupError):
        ctx.call(DO, 1)  # durable: ignore[DUR008]: what was still on its way when a saga ended is part of the test


def _handle(ctx: SagaContext, step: Step) -> Handle[Any]:
    name, *given = step
    return _VERBS[name](ctx, *given)


_VERBS: dict[str, Callable[..., Handle[Any]]] = {
    "call": lambda ctx, number: ctx.call(DO, number, retry=RETRY),
    "step": lambda ctx, number: ctx.call(DO, number, compensate_with=UNDO),
    "nowhere": lambda ctx, number: ctx.call(NOWHERE, number),
    "sleep": lambda ctx, minutes: ctx.sleep(minutes * MINUTE),
    "chance": lambda ctx: ctx.sleep(ctx.random.randint(0, 50) * MINUTE),
    "wait": lambda ctx, name, minutes: ctx.wait_for_event(name, int, timeout=minutes * MINUTE),
    "map": lambda ctx, numbers, width: ctx.map(DO, numbers, max_concurrency=width, retry=RETRY),
    "gather": lambda ctx, steps: ctx.gather(*(_handle(ctx, step) for step in steps)),
    "lenient": lambda ctx, steps: ctx.gather(*(_handle(ctx, step) for step in steps), return_exceptions=True),
}


class Chaos:
    """Runs a program: what is under way arrives in any order, alone or with others, once or more often.

    With `outages`, the code is missing now and then, and what comes in the meantime is recorded only.
    """

    def __init__(self, steps: list[Step], chance: Random, outages: float = 0) -> None:
        self.setup: Setup = setup_of(program)
        self._outages = outages
        self.instance = Instance.new(IDENTITY, self.setup)
        self.history: list[HistoryEvent] = []
        self._chance = chance
        self._now = NOON
        self._under_way: list[HistoryEvent] = []
        self._turn([SagaStarted(saga="program", input=steps, message_id="start")])
        for number in range(chance.randint(0, 4)):
            payload: object = number if number % 3 else "no number"
            self._under_way.append(EventReceived(name=chance.choice("xy"), payload=payload, message_id=f"e{number}"))

    def run(self) -> None:
        """Deliver until nothing is under way and the code is there."""
        while self._under_way or self.instance.status is Status.BLOCKED:
            self._deliver_all()
            self._restart(self.setup)
            self._turn([])

    def _deliver_all(self) -> None:
        while self._under_way:
            self._chance.shuffle(self._under_way)
            count = self._chance.randint(1, 4)
            inbox, self._under_way = self._under_way[:count], self._under_way[count:]
            again = [event for event in inbox if self._chance.random() < 0.2 and not isinstance(event, EventReceived)]
            self._under_way += again
            self._now += self._chance.randint(-2, 20) * MINUTE
            if self._chance.random() < self._outages:
                self._restart(self._chance.choice((setup_of(), setup_of(crooked))))
                if self.instance.mismatch is None:  # What the wrong code would decide must not get into the history.
                    self._restart(self.setup)
            elif self._chance.random() < 0.3:
                self._restart(self.setup)
            self._turn(inbox)

    def _restart(self, setup: Setup) -> None:
        self.instance.close()
        self.instance = Instance.replay(IDENTITY, setup, self.history)

    def _turn(self, inbox: list[HistoryEvent]) -> None:
        taken = [event for event in inbox if self.instance.judge(event) is Verdict.TAKE]
        turn: Turn = self.instance.turn(taken, self._now)
        self.history += turn.events
        for _, index in turn.outbox:
            event = turn.events[index]
            if isinstance(event, ActivityScheduled):
                self._under_way.append(self._answer(event))
            elif isinstance(event, TimerCreated):
                self._under_way.append(TimerFired(task_id=event.task_id, due=event.due, message_id=f"t{event.task_id}"))

    def _answer(self, command: ActivityScheduled) -> HistoryEvent:
        answer = ActivityCompleted(
            task_id=command.task_id,
            attempt=command.attempt,
            output=1,
            message_id=f"a{command.task_id}.{command.attempt}",
        )
        fate = self._chance.random()
        if fate < 0.1:
            return replace(answer, output="no number")
        if fate < 0.7:
            return answer
        return ActivityFailed(
            task_id=answer.task_id,
            attempt=answer.attempt,
            failure=Failure("E", "no", retryable=fate < 0.9),
            message_id=answer.message_id,
        )
