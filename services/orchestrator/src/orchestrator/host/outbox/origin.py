"""Whose turn it is that sends, and where its messages go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from durable.events import ActivityScheduled, ChildStarted, HistoryEvent, ParentTask
from durable.ids import partition_of
from durable.messages import INSTANCES, InstanceMessage, Message
from orchestrator.engine import Identity
from orchestrator.host.spans.run_trace import RunTrace

Addressed = tuple[str, Message]


@dataclass(frozen=True, slots=True)
class Origin:
    """An instance, as far as its messages tell of it.

    Attributes:
        partition: its own.
        partition_count: tells the partitions of others.
        parent: the call that its end answers, if there is one.
        root_id: the first of its line of parents; itself if nobody started it.
        trace: passed on with what concerns its run.
        inherited: the open children that an earlier execution started, by task: which one.
        run_trace: where its spans stand, if they are told.
    """

    identity: Identity
    saga: str
    partition: str
    partition_count: int
    root_id: str
    parent: ParentTask | None
    trace: Mapping[str, str]
    inherited: Mapping[int, int] = field(default_factory=dict)
    run_trace: RunTrace | None = None

    def trace_of_step(self, event: ActivityScheduled | ChildStarted) -> Mapping[str, str]:
        """Give what is passed on with an attempt: its span, if spans are told."""
        return self.trace if self.run_trace is None else self.run_trace.step_span(event).within(self.trace)

    def to_itself(self, id: str, event: HistoryEvent, due: datetime | None) -> Addressed:
        """Give the message that tells this execution something, when it is due."""
        identity = self.identity
        told = InstanceMessage(id, identity.instance_id, event, identity.run, identity.execution, None, self.trace)
        return INSTANCES, told.to_message(self.partition, due=due)

    def to_other(self, message: InstanceMessage, due: datetime | None = None) -> Addressed:
        """Address a message to whichever instance it is for."""
        return INSTANCES, message.to_message(partition_of(message.instance_id, self.partition_count), due=due)
