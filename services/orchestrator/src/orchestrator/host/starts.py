"""What a start is to an instance that exists: its own, one to be refused, or one that begins another run.

1. A start is judged by the owner alone, one after the other, so that of two that come at once one finds the other.
2. The run that another one follows has ended; where the start asks for it, it is terminated first.
3. Each attempt of a call of a saga is a run of the same child: only the parent's task that began it begins the next.
4. A start that comes again after its run has ended is answered again: its parent may have missed the answer.
"""

from __future__ import annotations

from enum import Enum

from durable.events import ParentTask, SagaStarted, SagaTerminated
from durable.ids import message_id, run_id
from durable.messages import InstanceMessage
from durable.status import Status
from orchestrator.heads import Head

REPLACED = "replaced by another start"


class Fate(Enum):
    """What becomes of a start whose id was not taken before."""

    OWN = "the instance began with it"
    STALE = "nothing: it says what was said before"
    REFUSED = "the id is taken: whoever waits is told"
    UNWANTED = "it was called off before it came: whoever waits is told"
    NEXT_RUN = "it begins the next run"
    REPLACES = "the present run is terminated, then it begins the next"


def fate_of(head: Head, message: InstanceMessage, event: SagaStarted) -> Fate:
    """Judge a start that is not the one which the present run began with."""
    if message.run:
        return Fate.STALE
    if run_id(message.id) in head.refused_runs:
        return Fate.UNWANTED
    if event.request_id is not None and any(one.request_id == event.request_id for one in head.requests):
        return Fate.STALE
    if event.parent is not None and head.parent is not None and _same_task(event.parent, head.parent):
        return _next_attempt(head, head.parent, event.parent)
    return _RULES.get(event.if_exists or "", _refuse)(head)


def replacement_of(message: InstanceMessage, run: str) -> InstanceMessage:
    """Give the end of the present run that a start asks for."""
    id_ = message_id(message.instance_id, run, "SagaTerminated", message.id)
    return InstanceMessage(id_, message.instance_id, SagaTerminated(reason=REPLACED), trace=message.trace)


def _same_task(one: ParentTask, other: ParentTask) -> bool:
    # A parent that was rewound asks under a later execution.
    return (one.instance_id, one.run, one.task_id) == (other.instance_id, other.run, other.task_id)


def _next_attempt(head: Head, present: ParentTask, parent: ParentTask) -> Fate:
    if (parent.execution, parent.attempt) <= (present.execution, present.attempt):
        return Fate.STALE
    if head.status.ended:
        return Fate.NEXT_RUN
    # What runs goes on, and the parent that was rewound waits for it.
    return Fate.REFUSED if parent.execution == present.execution else Fate.STALE


def _refuse(_head: Head) -> Fate:
    return Fate.REFUSED


def _if_ended(head: Head) -> Fate:
    return Fate.NEXT_RUN if head.status.ended else Fate.REFUSED


def _if_failed(head: Head) -> Fate:
    return Fate.NEXT_RUN if head.status.ended and head.status is not Status.COMPLETED else Fate.REFUSED


def _replace(head: Head) -> Fate:
    return Fate.NEXT_RUN if head.status.ended else Fate.REPLACES


_RULES = {
    "restart_if_ended": _if_ended,
    "restart_if_failed": _if_failed,
    "terminate_and_restart": _replace,
}
