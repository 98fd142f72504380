"""A saga played by hand, fact by fact: each turn is taken twice, by the live code and after a replay of the history."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from durable import Saga
from durable.events import (
    ActivityCompleted,
    ActivityFailed,
    ChildCompleted,
    ChildFailed,
    EventReceived,
    HistoryEvent,
    SagaStarted,
    TimerFired,
)
from durable.failure import Failure
from orchestrator.engine import Instance, Registry, Setup, Turn
from orchestrator.engine.limits import Limits
from tests.support.drive import IDENTITY, NOON, reread
from tests.support.tables import kinds

NO = Failure("E", "no")


class Play:
    """One instance of a saga.

    Attributes:
        instance: the live one.
        history: everything so far.
        first: the first turn.
    """

    def __init__(self, played: Saga[Any, Any], data: object = None, *, limits: Limits | None = None, **start: Any):
        self.setup = Setup(Registry([played]), frozenset({"commands.math"}), limits or Limits())
        self.instance = Instance.new(IDENTITY, self.setup)
        self.history: list[HistoryEvent] = []
        started = SagaStarted(saga=played.name, version=played.version, input=data, message_id="start")
        self.first = self.turn(replace(started, **start))

    def turn(self, *facts: HistoryEvent, after: timedelta = timedelta(0)) -> Turn:
        """Take facts in one turn, `after` noon; live and replayed must do the same."""
        now = NOON + after
        again = self.replayed()
        live, cold = self.instance.turn(facts, now), again.turn(facts, now)
        again.close()
        assert replace(live, logs=()) == replace(cold, logs=())
        self.history += live.events
        return live

    def kinds(self, *facts: HistoryEvent, after: timedelta = timedelta(0)) -> list[str]:
        """Take facts in one turn and name the kinds of its events."""
        return kinds(self.turn(*facts, after=after).events)

    def replayed(self) -> Instance:
        """The instance as another process would have it."""
        again = Instance.replay(IDENTITY, self.setup, reread(self.history))
        assert again.mismatch is None
        assert (again.status, again.output, again.failure) == (
            self.instance.status,
            self.instance.output,
            self.instance.failure,
        )
        assert (again.waiting, again.unread_events, again.tags, again.custom_status) == (
            self.instance.waiting,
            self.instance.unread_events,
            self.instance.tags,
            self.instance.custom_status,
        )
        return again

    def deploy(self, *sagas: Saga[Any, Any]) -> None:
        """Put other code in place."""
        self.instance.close()
        self.setup = replace(self.setup, registry=Registry(sagas))
        self.instance = Instance.replay(IDENTITY, self.setup, reread(self.history))

    def of(self, kind: type[HistoryEvent]) -> list[Any]:
        """The events of a kind."""
        return [event for event in self.history if type(event) is kind]


def completed(task_id: int, output: object = 0, attempt: int = 1) -> HistoryEvent:
    return ActivityCompleted(task_id=task_id, output=output, attempt=attempt)


def failed(task_id: int, attempt: int = 1, failure: Failure = NO) -> HistoryEvent:
    return ActivityFailed(task_id=task_id, attempt=attempt, failure=failure)


def child_completed(task_id: int, output: object = 0, attempt: int = 1) -> HistoryEvent:
    return ChildCompleted(task_id=task_id, output=output, attempt=attempt)


def child_failed(task_id: int, attempt: int = 1, failure: Failure = NO, status: str = "Failed") -> HistoryEvent:
    return ChildFailed(task_id=task_id, attempt=attempt, failure=failure, status=status)


def fired(task_id: int, after: timedelta = timedelta(0)) -> HistoryEvent:
    return TimerFired(task_id=task_id, due=NOON + after)


def raised(name: str, payload: object = None) -> HistoryEvent:
    return EventReceived(name=name, payload=payload)


def due_in(span: timedelta) -> datetime:
    return NOON + span
