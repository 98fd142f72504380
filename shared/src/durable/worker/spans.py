"""The spans of a worker: one for each run of an attempt, and one for each completion that leaves.

1. An attempt stands beneath the span that its command names, which is its step. Each delivery has a span of its own:
   one that died with its process is never told, the next is.
2. It ends with its answer, or with the return of its handler if the answer comes later, by token. One that was given
   back ends there too and is no failure: it runs again.
3. A completion goes from the end of its attempt until the broker has it, and is what the message that carries it names.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from random import Random

from durable.events import ActivityCompleted, ActivityFailed
from durable.failure import Failure
from durable.messages import INSTANCES, InstanceMessage
from durable.ports import Clock
from durable.telemetry.context import TraceContext, context_of, span_id_of_text
from durable.telemetry.names import ATTEMPT, DELIVERY, INSTANCE_ID, STATUS, TASK_ID
from durable.telemetry.span import Kind, Span, Value
from durable.telemetry.tracing import Tracing
from durable.worker.running import Run

COMPLETES_LATER = "completes-later"
GIVEN_BACK = "given-back"
_ATTEMPT, _COMPLETION = Kind.CONSUMER, Kind.PRODUCER
_ANSWERS = (ActivityCompleted, ActivityFailed)


class AttemptSpan:
    """The span of one run, until it is told.

    Attributes:
        context: which span it is.
        completion: which span its completion is.
        parent: that of its step; 0 if the command named none.
        start: when it began.
        end: when it ended; `None` until it is told.
        is_awaited: whether its completion is still to be told.
        set_by_handler: attributes.
    """

    __slots__ = ("completion", "context", "end", "is_awaited", "parent", "set_by_handler", "start")

    def __init__(self, context: TraceContext, parent: int, start: datetime) -> None:
        self.context = context
        self.completion = context.child(span_id_of_text(f"completion\0{context.span_id}"))
        self.parent = parent
        self.start = start
        self.end: datetime | None = None
        self.is_awaited = True
        self.set_by_handler: dict[str, Value] = {}


class Spans:
    """Tells the spans of the runs of one host."""

    def __init__(self, tracing: Tracing, queue: str, clock: Clock, random: Random) -> None:
        self._tracing = tracing
        self._taking = tracing.messaging("process", queue)
        self._sending = tracing.messaging("send", INSTANCES)
        self._clock = clock
        self._random = random

    def open(self, run: Run) -> None:
        """A command is taken: from here on, what it leads to names its span."""
        command = run.command
        step = context_of(command.trace)
        trace = self._tracing.begin(self._random.getrandbits) if step is None else step
        task = f"{command.instance_id}\0{command.run}\0{command.execution}\0{command.task_id}"
        context = trace.child(span_id_of_text(f"attempt\0{task}\0{command.attempt}\0{run.delivery_count}"))
        run.span = AttemptSpan(context, 0 if step is None else step.span_id, self._clock.now())

    def entered(self, run: Run) -> AbstractContextManager[object]:
        """Let what its handler tells stand beneath it, while the block runs."""
        span = run.span
        assert span is not None
        return self._tracing.entered(span.context, run.command.trace, span.set_by_handler)

    def answered(self, run: Run, message: InstanceMessage) -> None:
        """Tell a run by its answer."""
        event = message.event
        assert isinstance(event, _ANSWERS)
        failure = event.failure if isinstance(event, ActivityFailed) else None
        self._tell(run, event.ended_at or self._clock.now(), failure=failure)

    def left(self, run: Run) -> None:
        """Tell a run whose answer comes from elsewhere."""
        self._tell(run, self._clock.now(), COMPLETES_LATER)
        assert run.span is not None
        run.span.is_awaited = False

    def ended(self, run: Run) -> None:
        """Tell a run that has ended without an answer of any kind."""
        self._tell(run, self._clock.now(), GIVEN_BACK)

    def sent(self, runs: Iterable[Run]) -> None:
        """Tell the completions of runs, which the broker has."""
        now = self._clock.now()
        for run in runs:
            self._tell_completion(run, now)

    def not_sent(self, run: Run, failure: Failure) -> None:
        """Tell the completion of a run, which did not leave as it was."""
        self._tell_completion(run, self._clock.now(), failure)

    def _tell(self, run: Run, end: datetime, status: str = "", failure: Failure | None = None) -> None:
        span, command = run.span, run.command
        if span is None or span.end is not None:
            return
        span.end = end
        if not span.context.sampled and failure is None:
            return
        attributes = {
            **span.set_by_handler,
            **self._taking,
            INSTANCE_ID: command.instance_id,
            TASK_ID: command.task_id,
            ATTEMPT: command.attempt,
        }
        if run.delivery_count > 1:
            attributes[DELIVERY] = run.delivery_count
        if status:
            attributes[STATUS] = status
        self._tracing.finished(
            Span(command.activity, _ATTEMPT, span.context, span.parent, span.start, end, attributes, failure)
        )

    def _tell_completion(self, run: Run, now: datetime, failure: Failure | None = None) -> None:
        span, command = run.span, run.command
        if span is None or span.end is None or not span.is_awaited:
            return
        span.is_awaited = False
        if not span.context.sampled and failure is None:
            return
        attributes = {**self._sending, INSTANCE_ID: command.instance_id}
        name, parent, start = f"complete {command.activity}", span.context.span_id, min(span.end, now)
        self._tracing.finished(Span(name, _COMPLETION, span.completion, parent, start, now, attributes, failure))
