"""What one message is to the instance that it is for, by what is in memory of it.

1. Judging reads and changes nothing.
2. An answer names the execution that asked. One that an earlier execution asked for is stale, unless the present one
   has taken the task over.
"""

from __future__ import annotations

from durable.events import (
    CancelRequested,
    ChildCompleted,
    ChildFailed,
    EventReceived,
    Resumed,
    SagaStarted,
    SagaTerminated,
    Suspended,
)
from durable.ids import run_id
from durable.messages import InstanceMessage
from orchestrator.engine import Verdict
from orchestrator.host.consumed import Place
from orchestrator.host.residents import Resident
from orchestrator.host.starts import Fate, fate_of

_TAKEN_BEHIND_THE_START = (EventReceived, CancelRequested, Suspended, Resumed, SagaTerminated)


def taken_at(resident: Resident, message: InstanceMessage) -> Place | None:
    """Tell which turn took a message; none did of what an execution before took that this one needs as well."""
    place = resident.consumed.find(message.id)
    if place is None or place.execution == resident.identity.execution:
        return place
    return None if _is_inherited(resident, message) else place


def judged(resident: Resident, message: InstanceMessage) -> Verdict:
    """Tell what to do with a message that nobody has taken, and that begins no other run."""
    identity = resident.identity
    if message.run and message.run != identity.run:
        return Verdict.STALE
    if message.run and message.execution > identity.execution:
        return Verdict.AHEAD
    if message.run and 0 < message.execution < identity.execution and not _is_inherited(resident, message):
        return Verdict.STALE
    if isinstance(message.event, SagaStarted):
        return Verdict.TAKE if _is_own_start(resident, message) else Verdict.STALE
    if resident.instance is None:
        return Verdict.STALE
    if resident.turns == 0 and isinstance(message.event, _TAKEN_BEHIND_THE_START):
        # Its start is taken in the same turn, and before it.
        return Verdict.TAKE
    return resident.instance.judge(message.event)


def is_foreign_start(resident: Resident, message: InstanceMessage) -> bool:
    """Tell whether a message is a start, and not the one that the present execution begins with."""
    return isinstance(message.event, SagaStarted) and not message.run and not _is_own_start(resident, message)


def fate_of_start(resident: Resident, message: InstanceMessage) -> Fate:
    """Judge such a start; before there is a head, it waits for the turn that makes one."""
    if resident.head is None or not isinstance(message.event, SagaStarted):
        return Fate.NEXT_RUN
    return fate_of(resident.head, message, message.event)


def has_answered(resident: Resident, message: InstanceMessage) -> bool:
    """Tell whether a message is the start of a child that has ended, sent again by a parent that still waits."""
    head, event = resident.head, message.event
    return (
        isinstance(event, SagaStarted)
        and head is not None
        and head.status.ended
        and event.parent is not None
        and event.parent == head.parent
    )


def waits_for_its_time(resident: Resident, messages: list[InstanceMessage]) -> bool:
    """Tell whether an instance is not to begin yet, as its start is delayed and has not come."""
    start, head = resident.pending_start, resident.head
    if start is None or head is None or head.due is None:
        return False
    return all(message.id != start.id for message in messages)


def is_for_a_run_to_come(resident: Resident, message: InstanceMessage) -> bool:
    """Tell whether a message ends a run that has not started, and may yet: the present one has ended."""
    head = resident.head
    ends = isinstance(message.event, CancelRequested | SagaTerminated)
    return ends and message.run not in {"", resident.identity.run} and head is not None and head.status.ended


def _is_own_start(resident: Resident, message: InstanceMessage) -> bool:
    if resident.pending_start is not None:
        return message.id == resident.pending_start.id
    return resident.turns == 0 and run_id(message.id) == resident.identity.run


def _is_inherited(resident: Resident, message: InstanceMessage) -> bool:
    event, instance = message.event, resident.instance
    return (
        isinstance(event, ChildCompleted | ChildFailed)
        and message.run == resident.identity.run
        and instance is not None
        and instance.inherits(event.task_id)
    )
