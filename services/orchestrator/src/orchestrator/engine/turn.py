"""What a turn gives: the events to append to the history, and which of them must be sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from durable.events import ActivityScheduled, HistoryEvent, SagaStarted, TaskEvent, TimerCreated
from durable.status import Status
from orchestrator.engine.ledger import Ledger
from orchestrator.engine.lifecycle import ENDS


@dataclass(frozen=True, slots=True)
class Turn:
    """One step of an instance, to be committed whole; without events there is nothing to commit.

    Attributes:
        at: the time of its last event.
        events: what is appended to the history.
        outbox: what must be sent once it is committed: `command`, `timer` or `lifecycle`, and the index of its event.
        status: where the instance stands afterwards.
        head_changed: whether an event concerned the status.
    """

    at: datetime
    events: tuple[HistoryEvent, ...]
    outbox: tuple[tuple[str, int], ...]
    status: Status
    head_changed: bool


_SENT_AS: dict[type[HistoryEvent], str] = {
    ActivityScheduled: "command",
    TimerCreated: "timer",
    SagaStarted: "lifecycle",
    **dict.fromkeys(ENDS, "lifecycle"),
}


def outbox_of(events: Sequence[HistoryEvent], ledger: Ledger) -> tuple[tuple[str, int], ...]:
    """List what must be sent of the events of a turn; what was given up within the turn is left out."""
    outbox = []
    for index, event in enumerate(events):
        sent_as = _SENT_AS.get(type(event))
        if sent_as and (not isinstance(event, TaskEvent) or ledger.is_open(event.task_id, event.attempt)):
            outbox.append((sent_as, index))
    return tuple(outbox)
