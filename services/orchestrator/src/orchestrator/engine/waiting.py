"""What an instance waits for, as people see it: read off its history and, where there is code, off its waits."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from durable.events import ActivityScheduled, ChildStarted, HistoryEvent, TimerCreated
from durable.results import Waiting
from orchestrator.engine.execution import Execution
from orchestrator.engine.ledger import Ledger


def waiting_for(ledger: Ledger, execution: Execution | None) -> list[Waiting]:
    """List what an open instance waits for: tasks in their order, then events without a time-out.

    Without code, as of a blocked instance, only tasks are known, and a wait for an event shows as its timer.
    """
    if ledger.phase.ended or ledger.continued is not None:
        return []
    mailbox = None if execution is None else execution.mailbox
    waits = [] if mailbox is None else mailbox.waits
    timed = {wait.timer.task_id: wait for wait in waits if wait.timer is not None}
    abandoned: Collection[int] = () if execution is None else execution.abandoned
    tasks = [_step(step) for task_id, step in ledger.steps.items() if task_id not in abandoned]
    ringing = ledger.timers if execution is None else execution.timers
    tasks += [
        _timer(timer, is_event=task_id in timed) for task_id, timer in ledger.timers.items() if task_id in ringing
    ]
    events = [Waiting("event", wait.name, None, 0, 1, wait.since, None) for wait in waits if wait.timer is None]
    return [*sorted(tasks, key=lambda one: one.task_id), *sorted(events, key=lambda one: (one.since, one.name))]


def waiting_by_history(history: Iterable[HistoryEvent]) -> list[Waiting]:
    """List what an instance waits for as far as its history alone tells, without running any code."""
    ledger = Ledger()
    for event in history:
        ledger.fold(event)
    return waiting_for(ledger, None)


def _step(step: ActivityScheduled | ChildStarted) -> Waiting:
    due = step.due or step.deadline
    if isinstance(step, ChildStarted):
        return Waiting("child", step.name, step.label, step.task_id, step.attempt, step.at, due)
    is_undo = step.compensates is not None
    return Waiting("undo" if is_undo else "activity", step.name, step.label, step.task_id, step.attempt, step.at, due)


def _timer(timer: TimerCreated, *, is_event: bool) -> Waiting:
    return Waiting(
        "event" if is_event else "timer", timer.name, timer.label, timer.task_id, timer.attempt, timer.at, timer.due
    )
