"""Instances in memory.

1. A live instance stays in memory with its coroutine suspended; history is read only after a takeover or an eviction.
2. What is in memory is as new as the store, as only the owner of the partition writes turns; whoever finds out that it
   isn't drops the resident and loads it again.
3. An ended instance stays for a while as the ids that it consumed, so that a late duplicate costs no read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from durable.messages import InstanceMessage
from durable.status import Status
from durable.telemetry.context import TraceContext
from orchestrator.engine import Identity, Instance, Unreadable
from orchestrator.heads import Head
from orchestrator.host.account import Account
from orchestrator.host.beats import Beats
from orchestrator.host.consumed import Consumed, Place
from orchestrator.host.outbox import Origin
from orchestrator.host.spans.run_trace import RunTrace
from orchestrator.tombstones import Tombstone

NOWHERE = Place(0, 0)


@dataclass(slots=True)
class Resident:
    """An instance in memory.

    Attributes:
        instance: its live form; `None` once it has ended.
        head: the head as last written or read; `None` before the first turn of a run started by message.
        consumed: which messages it has taken.
        turns: number of committed turns of the present execution.
        compacted: turns up to this one are not compacted any more.
        unsure: turns up to this one were committed before this host owned the partition: perhaps never sent.
        pending_start: the start that the head of an execution without a turn holds, to be taken before anything else.
        head_etag: version of the `Pending` head that the first turn replaces.
        parked: events that came before the instance: the first turn takes them behind the start.
        follows: the head of the run before, which the first turn replaces.
        beats: what the last heartbeats of its tasks said.
        wishes: tasks whose attempts were asked to end before they were heard of, and why.
        trace: what its start, or the execution before, passed on.
        run_trace: where its spans stand, if they are told.
        passed_on: its run span, and what was made of that to be passed on; so it is made once for most.
        account: what its run has spent.
    """

    identity: Identity
    partition: str
    saga: str
    instance: Instance | Unreadable | None
    head: Head | None = None
    consumed: Consumed = field(init=False)
    turns: int = 0
    compacted: int = 0
    unsure: Place = NOWHERE
    pending_start: InstanceMessage | None = None
    head_etag: str | None = None
    follows: Head | None = None
    trace: Mapping[str, str] = field(default_factory=dict)
    parked: list[InstanceMessage] = field(default_factory=list)
    beats: Beats = field(default_factory=dict)
    wishes: Mapping[int, str] = field(default_factory=dict)
    run_trace: RunTrace | None = None
    passed_on: tuple[TraceContext, Mapping[str, str]] | None = None
    account: Account = field(default_factory=Account)

    def __post_init__(self) -> None:
        self.consumed = Consumed(self.identity.instance_id, self.identity.execution)

    @property
    def continues(self) -> bool:
        """Whether its execution must begin with what the one before left, whether or not anything comes."""
        return self.pending_start is not None and self.pending_start.run != ""

    @property
    def may_reopen(self) -> bool:
        """Whether it has ended, and may yet be told something."""
        return self.head is not None and self.head.status is Status.COMPENSATION_FAILED

    def trace_at(self, at: datetime) -> Mapping[str, str]:
        """Give what is passed on of its own: its run span at that time, if spans are told."""
        if self.run_trace is None:
            return self.trace
        run = self.run_trace.run_span(at)
        if self.passed_on is None or self.passed_on[0] is not run:
            self.passed_on = (run, run.within(self.trace))
        return self.passed_on[1]

    def origin(self, partition_count: int, at: datetime, changed: Head | None = None) -> Origin:
        """Say whose turns these are, for its messages of that time; before a commit, by the head as it changes it."""
        head, id_ = changed or self.head, self.identity.instance_id
        parent, root_id = (head.parent, head.root_id or id_) if head else (None, id_)
        inherited = self.instance.inherited if self.instance is not None else {}
        trace = self.trace_at(at)
        return Origin(
            self.identity,
            self.saga,
            self.partition,
            partition_count,
            root_id,
            parent,
            trace,
            inherited,
            self.run_trace,
        )


@dataclass(frozen=True, slots=True)
class Grave:
    """The tombstone of an instance, and its version, which the head of the next start replaces."""

    tombstone: Tombstone
    etag: str
