"""How an execution of an instance comes into being in memory: the first, the next of a run, the first of another run.

1. On trust: what makes it real is the commit of its first turn, which creates a record that must be new.
2. Execution numbers of an instance id never come back, whatever became of the earlier ones.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from durable.events import SagaStarted
from durable.ids import run_id
from durable.messages import InstanceMessage
from orchestrator.engine import Identity, Instance, Setup
from orchestrator.heads import continuation
from orchestrator.host.residents import Grave, Resident


def starting(message: InstanceMessage, partition: str, setup: Setup, grave: Grave | None = None) -> Resident:
    """Make the resident of an instance that a start message asks for, on trust that there is none, or but a grave."""
    execution = grave.tombstone.execution + 1 if grave else message.execution or 1
    identity = Identity(message.instance_id, run_id(message.id), execution)
    resident = Resident(identity, partition, _started(message).saga, Instance.new(identity, setup))
    resident.head_etag = grave.etag if grave else message.head_etag
    resident.trace = message.trace
    return resident


def following(resident: Resident, message: InstanceMessage, setup: Setup) -> Resident:
    """Make the resident of the run that a start begins after the present one, which has ended and leaves its tags."""
    before, identity = resident.head, resident.identity
    if before is None:
        raise AssertionError("an instance that has ended has a head")
    identity = Identity(identity.instance_id, run_id(message.id), identity.execution + 1)
    started = _started(message)
    if started.tags is None and before.tags:
        started = replace(started, tags=dict(before.tags))
    successor = Resident(identity, resident.partition, started.saga, Instance.new(identity, setup))
    successor.pending_start = replace(message, event=started)
    successor.consumed = resident.consumed
    successor.consumed.open(identity.execution)
    successor.unsure = resident.unsure
    successor.follows = before
    successor.trace = message.trace
    return successor


def continue_as_new(resident: Resident, started: SagaStarted, setup: Setup) -> None:
    """Let the next execution take the place of the one that has just been closed."""
    if resident.instance is not None:
        resident.instance.close()
    identity = replace(resident.identity, execution=resident.identity.execution + 1)
    resident.identity = identity
    resident.trace = resident.head.trace if resident.head is not None else resident.trace
    resident.run_trace = None
    resident.instance = Instance.new(identity, setup)
    resident.turns = resident.compacted = 0
    resident.consumed.open(identity.execution)
    resident.pending_start = continuation(
        identity.instance_id, identity.run, identity.execution, started, resident.trace
    )


def branched(resident: Resident, instance: Instance, at: datetime) -> Resident:
    """Make the resident of an execution that takes over the beginning of the present one, in its place."""
    identity = instance.identity
    branch = replace(resident, identity=identity, instance=instance, turns=0, compacted=0, pending_start=None)
    branch.trace, branch.run_trace = resident.trace_at(at), None
    branch.head, branch.unsure = resident.head, resident.unsure
    branch.consumed = resident.consumed
    branch.consumed.open(identity.execution)
    return branch


def _started(message: InstanceMessage) -> SagaStarted:
    if not isinstance(message.event, SagaStarted):
        raise TypeError(f"expected a start; found {type(message.event).__name__}")
    return message.event
