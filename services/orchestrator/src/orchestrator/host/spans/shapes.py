"""What each kind of span of an execution is: its name, its place, and what it says.

Few attributes: each costs time for every step of every run. Nothing of payloads is among them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from durable.activity import command_queue
from durable.events import ActivityScheduled, ChildStarted, CompensationStarted, Resumed, TimerCreated
from durable.failure import Failure
from durable.messages import INSTANCES
from durable.sealed import SEALED
from durable.telemetry.context import TraceContext
from durable.telemetry.names import (
    ATTEMPT,
    COMPENSATES,
    EXECUTION,
    INSTANCE_ID,
    LABEL,
    RUN,
    SAGA,
    STATUS,
    STEP,
    TASK_ID,
    TURN,
    WORKER,
)
from durable.telemetry.span import Kind, Span, Value
from orchestrator.host.spans.run_trace import SEGMENT, RunTrace

Undoing = CompensationStarted | Resumed
Messaging = Callable[[str, str], dict[str, Value]]
LINKS_MAX = 32
GIVEN_UP = "GivenUp"
_SEALED = "failed; what it failed with is sealed"


@dataclass(slots=True)  # Frozen, it takes three times as long to make.
class Outcome:
    """How something ended.

    Attributes:
        failure: as it stands in the history: it may be sealed.
        error: that it failed, in words, if there is no failure.
    """

    at: datetime
    status: str = ""
    failure: object = None
    error: str = ""
    worker: str = ""

    @property
    def shown(self) -> tuple[Failure | None, str]:
        """What a span shows of it; a sealed failure stays sealed."""
        failure = self.failure
        if failure is None:
            return None, self.error
        if isinstance(failure, SEALED):
            return None, _SEALED
        return (failure if isinstance(failure, Failure) else None), self.error


@dataclass(slots=True)  # Frozen, it takes three times as long to make.
class Shapes:
    """Makes the spans of one execution; `messaging` gives the attributes of a span that sends or takes."""

    trace: RunTrace
    messaging: Messaging

    def step(self, asked: ActivityScheduled | ChildStarted, outcome: Outcome, undoing: Undoing | None) -> Span:
        """Give the span of an attempt, from its scheduling, or when it was due, to its answer."""
        trace, name, end = self.trace, asked.name, outcome.at
        is_activity = isinstance(asked, ActivityScheduled)
        told: dict[str, Value] = {
            **self.messaging("send", command_queue(name) if is_activity else INSTANCES),
            INSTANCE_ID: trace.identity.instance_id,
            SAGA: trace.saga,
            STEP: name,
            TASK_ID: asked.task_id,
            ATTEMPT: asked.attempt,
        }
        if asked.label is not None:
            told[LABEL] = asked.label
        if outcome.worker:
            told[WORKER] = outcome.worker
        if outcome.status:
            told[STATUS] = outcome.status
        run = trace.run_span(asked.at)
        context, parent = run.child(trace.step_id(asked)), run.span_id
        if isinstance(asked, ActivityScheduled) and asked.compensates is not None:
            told[COMPENSATES] = asked.compensates
            if undoing is not None and trace.day(undoing.at) == trace.day(asked.at):
                parent = self._compensation_id(undoing)
        start = min(max(asked.due or asked.at, trace.begun), end)
        return Span(name, Kind.PRODUCER, context, parent, start, end, told, *outcome.shown)

    def detached(self, event: ChildStarted) -> Span:
        """Give the span of the start of a child that nobody waits for."""
        trace = self.trace
        told = {
            **self.messaging("send", INSTANCES),
            INSTANCE_ID: trace.identity.instance_id,
            SAGA: trace.saga,
            TASK_ID: event.task_id,
        }
        parent, at = trace.run_span(event.at).span_id, max(event.at, trace.begun)
        return Span(f"start {event.name}", Kind.PRODUCER, trace.step_span(event), parent, at, at, told)

    def timer(self, created: TimerCreated, outcome: Outcome) -> Span:
        """Give the span of a timer, on the day on which it ended; a wait for longer begins with that day."""
        trace, day = self.trace, self.trace.day(outcome.at)
        run, start = trace.of_day(day), min(max(created.at, trace.begun + day * SEGMENT), outcome.at)
        told: dict[str, Value] = {
            INSTANCE_ID: trace.identity.instance_id,
            STEP: created.name,
            TASK_ID: created.task_id,
            STATUS: outcome.status,
        }
        context = run.child(trace.derived("timer", created.task_id))
        return Span("timer", Kind.INTERNAL, context, run.span_id, start, outcome.at, told)

    def compensation(self, undoing: Undoing, outcome: Outcome) -> Span:
        """Give the span of the undos of an execution, from what set them off to the end."""
        trace = self.trace
        run, start = trace.run_span(undoing.at), max(undoing.at, trace.begun)
        told: dict[str, Value] = {INSTANCE_ID: trace.identity.instance_id, STATUS: outcome.status}
        context = run.child(self._compensation_id(undoing))
        name = f"compensate {trace.saga}"
        return Span(name, Kind.INTERNAL, context, run.span_id, start, outcome.at, told, error=outcome.error)

    def run(self, day: int, outcome: Outcome) -> Span:
        """Give the run span of a day: what the rest of that day is beneath."""
        trace, identity = self.trace, self.trace.identity
        told: dict[str, Value] = {
            **self.messaging("process", INSTANCES),
            INSTANCE_ID: identity.instance_id,
            SAGA: trace.saga,
            RUN: identity.run,
            EXECUTION: identity.execution,
            STATUS: outcome.status,
        }
        link = trace.before if day == 0 else trace.first
        links = () if link is None else (link,)
        parent, start = (trace.parent if day == 0 else 0), trace.begun + day * SEGMENT
        end, name = max(outcome.at, start), f"saga {trace.saga}"
        return Span(name, Kind.CONSUMER, trace.of_day(day), parent, start, end, told, *outcome.shown, links)

    def turn(self, sequence: int, times: tuple[datetime, datetime], links: tuple[TraceContext, ...]) -> Span:
        """Give the span of a turn, from when it ran to when it was durable; `links` are what it goes on from."""
        trace = self.trace
        start, end = times
        run = trace.run_span(start)
        told: dict[str, Value] = {INSTANCE_ID: trace.identity.instance_id, TURN: sequence}
        context = run.child(trace.turn_id(sequence))
        own = (run.span_id, trace.parent)
        others = tuple([link for link in links if link.span_id not in own])
        if len(others) > 1:
            others = tuple(dict.fromkeys(others))[:LINKS_MAX]
        return Span(
            f"turn {trace.saga}", Kind.INTERNAL, context, run.span_id, start, max(start, end), told, None, "", others
        )

    def _compensation_id(self, undoing: Undoing) -> int:
        subject = () if isinstance(undoing, CompensationStarted) else (undoing.sequence,)
        return self.trace.derived("compensation", *subject)
