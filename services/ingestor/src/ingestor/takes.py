"""The spans of what comes by a queue, a hub or a folder: one for each message or file, until what it holds is safe.

1. It stands beneath what its message names (`traceparent`, or `Diagnostic-Id` as the SDKs of Azure call it), else
   beneath what its first event names, else it is the root of a trace.
2. What is kept as a dead letter keeps it, so that a replay goes on in the same trace; it is then a failure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from durable.cloudevent import CloudEvent
from durable.ports import Clock
from durable.telemetry.enclosing import Enclosing
from durable.telemetry.names import MESSAGING_DESTINATION, MESSAGING_OPERATION, MESSAGING_SYSTEM
from durable.telemetry.span import Attributes, Kind, Span
from durable.telemetry.tracing import Tracing
from durable.trace import RandomBits, carried_trace
from ingestor.checked import Verdict
from ingestor.dead_letters import Incoming
from ingestor.sends import trace_carried_by


@dataclass(slots=True)
class Taking:
    """Something that is being taken.

    Attributes:
        incoming: what came.
        around: its span; `None` if nobody takes spans.
        start: when it began.
        refused: why something of it became a dead letter.
    """

    incoming: Incoming
    around: Enclosing | None
    start: datetime
    refused: str = ""


class Takes:
    """Tells what sources bring."""

    def __init__(self, tracing: Tracing | None, clock: Clock, random_bits: RandomBits) -> None:
        self._tracing = tracing
        self._clock = clock
        self._random_bits = random_bits

    def begin(self, incoming: Incoming, verdicts: Sequence[Verdict] = ()) -> Taking:
        """Begin the span of what came, which holds these events."""
        now = self._clock.now()
        if self._tracing is None:
            return Taking(incoming, None, now)
        carried = next(filter(None, _carried(incoming.properties or {}, verdicts)), {})
        around = Enclosing.beneath(carried, self._tracing, self._random_bits)
        return Taking(marked(incoming, around), around, now)

    def within(self, incoming: Incoming, around: Enclosing | None) -> Taking:
        """Give what came by a request, whose span tells of it."""
        return Taking(marked(incoming, around), around, self._clock.now())

    def told(self, taking: Taking) -> None:
        """Tell that it is safe."""
        around, incoming = taking.around, taking.incoming
        if self._tracing is None or around is None:
            return
        attributes = _attributes(incoming.origin)
        kind = Kind.CONSUMER if attributes else Kind.INTERNAL
        which, times = (around.context, around.parent_id), (taking.start, self._clock.now())
        self._tracing.finished(Span(f"take {incoming.origin}", kind, *which, *times, attributes, error=taking.refused))


def marked(incoming: Incoming, around: Enclosing | None) -> Incoming:
    """Have the dead letters of what came keep the span in which they became such."""
    if around is None:
        return incoming
    return replace(incoming, properties={**(incoming.properties or {}), **around.passed_on()})


def _carried(properties: Mapping[str, str], verdicts: Sequence[Verdict]) -> Iterator[dict[str, str]]:
    yield carried_trace(
        properties.get("traceparent") or properties.get("Diagnostic-Id", ""), properties.get("tracestate", ""), ""
    )
    for verdict in verdicts[:1]:
        event = verdict if isinstance(verdict, CloudEvent) else verdict.event
        if event is not None:
            yield trace_carried_by(event)


def _attributes(origin: str) -> Attributes:
    system, _, name = origin.partition(" ")
    if not name:
        return {}
    return {MESSAGING_SYSTEM: system, MESSAGING_OPERATION: "process", MESSAGING_DESTINATION: name}
