"""Whether an attempt of an activity still waits for its outcome, by the history alone."""

from __future__ import annotations

from collections.abc import Iterable

from durable.events import ActivityScheduled, HistoryEvent
from orchestrator.engine.ledger import Ledger


def is_waited_for(history: Iterable[HistoryEvent], task_id: int, attempt: int) -> bool:
    """Tell whether this history has the attempt, no outcome of it, and none that followed it."""
    ledger = Ledger()
    was_scheduled = False
    for event in history:
        ledger.fold(event)
        if isinstance(event, ActivityScheduled) and event.task_id == task_id:
            was_scheduled = event.attempt == attempt
    return was_scheduled and ledger.is_open(task_id, attempt)
