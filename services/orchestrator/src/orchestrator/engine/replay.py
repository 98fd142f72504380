"""Runs the code of an instance over its history, up to the point where the history ends.

1. Facts are applied in the order of the history, decisions are matched as the code takes them.
2. What was recorded while the instance was blocked is applied where it was unblocked, in its order, and may by then
   have come too late.
3. A mismatch ends the running of code; what the history says beyond it is still taken into account.
"""

from __future__ import annotations

from collections.abc import Sequence

from durable.events import FACTS, Blocked, HistoryEvent, Unblocked
from orchestrator.engine.execution import Execution
from orchestrator.engine.facts import apply
from orchestrator.engine.journal import Halt


def replay(execution: Execution, history: Sequence[HistoryEvent]) -> list[HistoryEvent]:
    """Bring the code to where its history stands; give the facts that wait since the instance was blocked.

    Raises nothing for a mismatch: `execution.journal.mismatch` then says it, and the code is dropped.
    """
    journal = execution.journal
    journal.follow(history)
    waiting: list[HistoryEvent] = []
    try:
        while journal.mismatch is None and (event := journal.read()) is not None:
            _pass(execution, event, waiting)
    except Halt:
        pass
    if journal.mismatch is not None:
        execution.close()
    journal.unfollow()
    return waiting


def catch_up(execution: Execution, waiting: list[HistoryEvent]) -> None:
    """Apply the facts that came while the instance was blocked; it is unblocked now."""
    execution.overtaken = True
    for fact in waiting:
        apply(execution, fact)
    waiting.clear()
    execution.overtaken = False


def _pass(execution: Execution, event: HistoryEvent, waiting: list[HistoryEvent]) -> None:
    kind = type(event)
    journal = execution.journal
    if kind is Unblocked:
        journal.at = event.at
        catch_up(execution, waiting)
    elif kind in _FACTS and journal.ledger.blocked is not None:
        waiting.append(event)
    elif kind in _FACTS:
        journal.at = event.at
        apply(execution, event)
    elif kind is not Blocked:
        execution.idle(event)


_FACTS = frozenset(FACTS)
