"""Where the spans of one execution stand: its run span, and beneath it those of its steps.

1. The first execution of a run stands beneath whatever its start came from. A later one, after `continue_as_new` or a
   rewind, is the root of a trace of its own, linked to the execution before.
2. An execution that lasts longer goes on in a new trace each day, whose root is linked to its first; so no trace grows
   without end. A step belongs to the day on which it was scheduled.
3. All ids follow from whose they are and from recorded times: every owner derives the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from durable.events import ActivityScheduled, ChildStarted, Rewound, SagaStarted
from durable.ids import run_id
from durable.telemetry.context import TraceContext, context_of, span_id_of, span_id_of_text, trace_id_of
from orchestrator.engine import Identity
from orchestrator.records import TurnRecord

SEGMENT = timedelta(days=1)
Root = Callable[[int, int], TraceContext]


@dataclass(slots=True)
class RunTrace:
    """The place of one execution among all traces.

    Attributes:
        first: its run span, on its first day.
        parent: id of the span that its start came from; 0 if it is the root of its trace.
        before: the run span of the execution before, if it goes on from one.
        begun: when it began.
        tomorrow: when its first day ends.
        whose: what is hashed into the id of each of its spans.
    """

    identity: Identity
    saga: str
    first: TraceContext
    parent: int
    before: TraceContext | None
    begun: datetime
    tomorrow: datetime = field(init=False)
    whose: str = field(init=False)

    def __post_init__(self) -> None:
        identity = self.identity
        self.whose = f"\0{identity.instance_id}\0{identity.run}\0{identity.execution}"
        self.tomorrow = self.begun + SEGMENT

    def day(self, at: datetime) -> int:
        """Tell on which day of the execution something was, from 0."""
        return 0 if at < self.tomorrow else (at - self.begun) // SEGMENT

    def run_span(self, at: datetime) -> TraceContext:
        """Give the run span of the day of `at`."""
        return self.first if at < self.tomorrow else self.of_day(self.day(at))

    def of_day(self, day: int) -> TraceContext:
        """Give the run span of a day."""
        if day == 0:
            return self.first
        identity = self.identity
        trace_id = trace_id_of(f"{self.first.trace_id:032x}", identity.run, identity.execution, day)
        return TraceContext(trace_id, self.derived("run", day), self.first.sampled)

    def step_span(self, event: ActivityScheduled | ChildStarted) -> TraceContext:
        """Give the span of an attempt."""
        return self.run_span(event.at).child(self.step_id(event))

    def step_id(self, event: ActivityScheduled | ChildStarted) -> int:
        """Give the id of the span of an attempt."""
        return span_id_of_text(f"step{self.whose}\0{event.task_id}\0{event.attempt}")

    def turn_span(self, sequence: int, at: datetime) -> TraceContext:
        """Give the span of a turn."""
        return self.run_span(at).child(self.turn_id(sequence))

    def turn_id(self, sequence: int) -> int:
        """Give the id of the span of a turn."""
        return span_id_of_text(f"turn{self.whose}\0{sequence}")

    def derived(self, kind: str, *subject: str | int) -> int:
        """Derive the id of a span of this execution."""
        return span_id_of_text("\0".join((kind + self.whose, *map(str, subject))))


def read_run_trace(first: TurnRecord, trace: Mapping[str, str], root: Root) -> RunTrace | None:
    """Place an execution by the record of its first turn; `None` if that does not tell what it began with."""
    started = next((event for event in first.events if isinstance(event, SagaStarted)), None)
    if started is None:
        return None
    opening = next((event for event in reversed(first.events) if isinstance(event, Rewound)), started)
    identity = Identity(first.instance_id, first.run, first.execution)
    return run_trace_of(identity, started.saga, opening, trace, root)


def run_trace_of(
    identity: Identity, saga: str, opening: SagaStarted | Rewound, trace: Mapping[str, str], root: Root
) -> RunTrace:
    """Place an execution by the event that it began with, and by what its start, or the execution before, passed on.

    `root` begins a trace under ids that are given, for a start that brought none.
    """
    span_id = span_id_of("run", identity.instance_id, identity.run, identity.execution)
    above, begun = context_of(trace), opening.at
    if above is None:
        trace_id = trace_id_of("run", identity.instance_id, identity.run, identity.execution)
        return RunTrace(identity, saga, root(trace_id, span_id), 0, None, begun)
    if run_id(opening.message_id or "") == identity.run:
        return RunTrace(identity, saga, above.child(span_id), above.span_id, None, begun)
    trace_id = trace_id_of(f"{above.trace_id:032x}", identity.run, identity.execution)
    return RunTrace(identity, saga, TraceContext(trace_id, span_id, above.sampled), 0, above, begun)
