"""A world without order around one instance of a random program: whatever is under way arrives at any time or twice.

Every turn is taken by the live code and by a replay of what a store would give back, and must be the same. The world
plays workers, children, the clock and an operator who cancels, suspends, resumes, and settles undos that failed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from durable.events import (
    ActivityCompleted,
    ActivityFailed,
    ActivityScheduled,
    CancelRequested,
    ChildCompleted,
    ChildFailed,
    ChildStarted,
    CompensationSkipped,
    EventReceived,
    EventSent,
    HistoryEvent,
    Resumed,
    SagaStarted,
    Suspended,
    TaskEvent,
    TimerCreated,
    TimerFired,
)
from durable.failure import ACTIVITY_TIMEOUT, DEADLINE_EXCEEDED, Failure
from durable.status import Status
from orchestrator.engine import Identity, Instance, Registry, Setup, Turn, Verdict
from tests.simulation.programs import Step, program
from tests.support.drive import NOON, reread

SETUP = Setup(Registry([program]), frozenset({"commands.work"}))
_MOST_REPAIRS = 3


class Storm:
    """Runs a program to its end.

    Attributes:
        instance: its present execution.
        histories: the history of each execution, by its number.
        lost: answers that were taken and then neither recorded nor stale.
    """

    def __init__(self, steps: list[Step], chance: Random, *, stands_still: bool = False) -> None:
        self._chance = chance
        self._stands_still = stands_still
        self._now = NOON
        self._under_way: list[tuple[int, HistoryEvent]] = []
        self._number = 0
        self._repairs = 0
        self.identity = Identity("a", "run", 1)
        self.histories: dict[int, list[HistoryEvent]] = {1: []}
        self.lost: list[HistoryEvent] = []
        self.instance = Instance.new(self.identity, SETUP)
        self._turn([SagaStarted(saga="program", input=steps, message_id="start")])
        for name in chance.choices("xyz", k=chance.randint(0, 4)):
            self._send(EventReceived(name=name, payload=chance.choice((1, 2, "no number"))))
        for event in chance.sample([CancelRequested(reason="enough"), Suspended(), Resumed()], k=chance.randint(0, 2)):
            self._send(event)

    @property
    def history(self) -> list[HistoryEvent]:
        """The history of the present execution."""
        return self.histories[self.identity.execution]

    def run(self) -> Storm:
        """Deliver until nothing is under way and no operator can help any more."""
        while self._under_way or self._is_helped():
            self._chance.shuffle(self._under_way)
            count = self._chance.randint(1, 4)
            inbox, self._under_way = self._under_way[:count], self._under_way[count:]
            self._under_way += [one for one in inbox if isinstance(one[1], TaskEvent) and self._chance.random() < 0.2]
            if not self._stands_still:
                self._now += timedelta(seconds=self._chance.randint(-5, 40))
            self._turn([event for execution, event in inbox if execution in {0, self.identity.execution}])
        return self

    def _is_helped(self) -> bool:
        if self.instance.status is Status.SUSPENDED:
            self._send(Resumed())
        elif self.instance.status is Status.COMPENSATION_FAILED and self._repairs < _MOST_REPAIRS:
            self._repairs += 1
            skipped = self._chance.choice((0, *self.instance.not_undone))
            self._send(CompensationSkipped(task_id=skipped) if skipped else Resumed())
        return bool(self._under_way)

    def _turn(self, inbox: list[HistoryEvent]) -> None:
        news = [event for event in inbox if self.instance.judge(event) is Verdict.TAKE]
        again = Instance.replay(self.identity, SETUP, reread(self.history))
        assert (again.mismatch, again.pending, again.status) == (None, False, self.instance.status)
        live, cold = self.instance.turn(news, self._now), again.turn(news, self._now)
        again.close()
        assert replace(live, logs=()) == replace(cold, logs=())
        self.history.extend(live.events)
        self._look_for(news[: live.taken], live)
        self._give_out(live)
        if self.instance.next_start is not None:
            self._go_on(self.instance.next_start, news[live.taken :])
        elif self._chance.random() < 0.2:
            self.instance.close()
            self.instance = Instance.replay(self.identity, SETUP, reread(self.history))

    def _go_on(self, start: SagaStarted, left: list[HistoryEvent]) -> None:
        self.identity = replace(self.identity, execution=self.identity.execution + 1)
        self.histories[self.identity.execution] = []
        self.instance = Instance.new(self.identity, SETUP)
        self._turn([replace(start, message_id="next")])
        self._under_way += [(0, event) for event in left if not isinstance(event, TaskEvent)]

    def _look_for(self, taken: list[HistoryEvent], turn: Turn) -> None:
        recorded = [event.message_id for event in turn.events if event.message_id is not None]
        assert len(recorded) == len(set(recorded))
        for event in taken:
            if event.message_id not in recorded and self.instance.judge(event) is not Verdict.STALE:
                self.lost.append(event)

    def _give_out(self, turn: Turn) -> None:
        for way, index in turn.outbox:
            event = turn.events[index]
            if isinstance(event, ActivityScheduled):
                self._answer(self._outcome(event) if way == "command" else _too_late(event))
            elif isinstance(event, ChildStarted):
                if event.on_parent_end is None:
                    self._answer(self._child_outcome(event) if way == "child" else _child_too_late(event))
            elif isinstance(event, TimerCreated):
                self._answer(TimerFired(task_id=event.task_id, due=event.due))
            elif isinstance(event, EventSent):
                self._send(EventReceived(name=event.name, payload=event.payload))

    def _outcome(self, command: ActivityScheduled) -> HistoryEvent:
        task_id, attempt, fate = command.task_id, command.attempt, self._chance.random()
        if fate < 0.7:
            output = None if command.compensates else 1
            return ActivityCompleted(task_id=task_id, attempt=attempt, output=output if fate > 0.05 else "misfit")
        return ActivityFailed(task_id=task_id, attempt=attempt, failure=Failure("E", "no", retryable=fate < 0.9))

    def _child_outcome(self, child: ChildStarted) -> HistoryEvent:
        task_id, attempt, fate = child.task_id, child.attempt, self._chance.random()
        if fate < 0.7:
            return ChildCompleted(task_id=task_id, attempt=attempt, output=1)
        failure = Failure("durable.ChildSagaError", "no", retryable=fate < 0.9, cause=Failure("E", "no"))
        return ChildFailed(task_id=task_id, attempt=attempt, failure=failure, status="Failed")

    def _answer(self, event: HistoryEvent) -> None:
        self._number += 1
        self._under_way.append((self.identity.execution, replace(event, message_id=f"m{self._number}")))

    def _send(self, event: HistoryEvent) -> None:
        self._number += 1
        self._under_way.append((0, replace(event, message_id=f"m{self._number}")))


def _too_late(command: ActivityScheduled) -> HistoryEvent:
    kind = "schedule_to_start" if command.start_by is not None else "schedule_to_close"
    failure = Failure(ACTIVITY_TIMEOUT, "too late", details={"kind": kind}, retryable=False)
    attempt = command.attempt if command.start_by is not None else 0
    return ActivityFailed(task_id=command.task_id, attempt=attempt, failure=failure)


def _child_too_late(child: ChildStarted) -> HistoryEvent:
    return ChildFailed(task_id=child.task_id, attempt=0, failure=Failure(DEADLINE_EXCEEDED, "late", retryable=False))
