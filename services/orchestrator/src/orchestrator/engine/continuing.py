"""How an execution ends and the next one begins, with nothing lost in between.

1. What nobody has read goes along in order of arrival, what nobody has undone in order of registration, and a cancel
   that the code has not met.
2. The start of the next execution follows from the event that ended this one, so it can be made again at any time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from durable.events import CancelRequested, ContinuedAsNew, EventReceived, HistoryEvent, SagaStarted
from orchestrator.engine import compensation
from orchestrator.engine.children import part_from_children
from orchestrator.engine.ledger import Ledger

if TYPE_CHECKING:
    from orchestrator.engine.execution import Execution


class ContinueAsNew(BaseException):
    """Ends the code of an execution; no `except Exception` of a saga may hold this up."""

    def __init__(self, input: object, version: str | None, tags: dict[str, object] | None) -> None:
        self.input = input
        self.version = version
        self.tags = tags
        super().__init__("continue as new")


def continue_as_new(execution: Execution, asked: ContinueAsNew) -> None:
    """End the execution and leave what the next one needs."""
    journal = execution.journal
    part_from_children(execution, "its parent has continued as new")
    journal.decide(
        ContinuedAsNew(
            at=journal.at,
            sequence=journal.next_sequence,
            input=asked.input,
            version=asked.version,
            tags=asked.tags,
            events=(*execution.mailbox.unread, *_not_yet_delivered(execution)),
            undos=compensation.carried_undos(execution),
            cancelled=_unmet_cancel(execution),
        ),
        asked,
    )
    execution.close()


def _not_yet_delivered(execution: Execution) -> list[tuple[str, object]]:
    behind = (*execution.backlog, *(execution.behind or ()))
    return [(fact.name, fact.payload) for fact in behind if isinstance(fact, EventReceived)]


def _unmet_cancel(execution: Execution) -> str | None:
    if execution.unshielded:
        return execution.cancelled
    asked = [] if execution.cancelled is not None else execution.backlog
    return next((fact.reason for fact in asked if isinstance(fact, CancelRequested)), None)


def brought_by(started: SagaStarted) -> list[HistoryEvent]:
    """Give the facts that a start brings along, recorded right behind it."""
    brought: list[HistoryEvent] = []
    if started.event is not None:
        name, payload = started.event
        brought.append(EventReceived(name=name, payload=payload))
    if started.cancelled is not None:
        brought.append(CancelRequested(reason=started.cancelled))
    return brought


def next_start(ledger: Ledger) -> SagaStarted | None:
    """Give the start of the next execution; `None` unless this one has continued as new."""
    continued, started = ledger.continued, ledger.started
    if continued is None or started is None:
        return None
    return replace(
        started,
        at=continued.at,
        sequence=0,
        message_id=None,
        version=continued.version,
        input=continued.input,
        tags=ledger.tags if continued.tags is None else continued.tags,
        request_id=None,
        if_exists=None,
        event=None,
        events=continued.events,
        undos=continued.undos,
        cancelled=continued.cancelled,
    )
