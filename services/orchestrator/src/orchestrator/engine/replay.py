"""Runs the code of an instance over its history, up to the point where the history ends.

1. Facts are applied in the order of the history, decisions are matched as the code takes them.
2. What was recorded while the instance was halted, blocked or suspended, is applied where it goes on, in its order, and
   may by then have come too late.
3. A mismatch ends the running of code; what the history says beyond it is still taken into account.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from durable.events import FACTS, Blocked, HistoryEvent, Resumed, Rewound, SagaTerminated, Suspended, Unblocked
from orchestrator.engine.children import end_children
from orchestrator.engine.execution import Execution
from orchestrator.engine.facts import apply
from orchestrator.engine.journal import Halt
from orchestrator.engine.lineage import sources_of


def replay(execution: Execution, history: Sequence[HistoryEvent]) -> list[HistoryEvent]:
    """Bring the code to where its history stands; give the facts that wait since the instance was halted.

    Raises nothing for a mismatch: `execution.journal.mismatch` then says it, and the code is dropped.
    """
    journal = execution.journal
    execution.lineage[:0] = sources_of(history, execution.identity)
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


def take(execution: Execution, fact: HistoryEvent, waiting: list[HistoryEvent]) -> None:
    """Let the code meet a fact that stands in the history, or let it wait while the instance is halted."""
    ledger, kind = execution.journal.ledger, type(fact)
    if isinstance(fact, SagaTerminated):
        apply(execution, fact)
        end_children(execution.journal, fact)
    elif ledger.blocked is not None:
        waiting.append(fact)
    elif kind is Resumed:
        catch_up(execution, waiting)
        apply(execution, fact)
    elif ledger.suspended:
        if kind is not Suspended:
            waiting.append(fact)
    else:
        apply(execution, fact)


def catch_up(execution: Execution, waiting: list[HistoryEvent]) -> None:
    """Apply the facts that came while the instance was halted; it goes on now."""
    execution.overtaken = True
    backlog = execution.backlog = deque(fact for fact in waiting if type(fact) is not Suspended)
    waiting.clear()
    while backlog and execution.journal.ledger.continued is None:
        apply(execution, backlog.popleft())
    execution.overtaken = False


def _pass(execution: Execution, event: HistoryEvent, waiting: list[HistoryEvent]) -> None:
    kind = type(event)
    journal = execution.journal
    if kind in _FACTS:
        journal.at = event.at
        take(execution, event, waiting)
    elif kind is Unblocked:
        journal.at = event.at
        if not journal.ledger.suspended:
            catch_up(execution, waiting)
    elif kind is Rewound:
        execution.lineage.pop(0)
    elif kind is not Blocked:
        execution.idle(event)


_FACTS = frozenset(FACTS)
