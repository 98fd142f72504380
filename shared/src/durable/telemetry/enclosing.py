"""A span that goes on, as what happens within it knows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from durable.telemetry.context import TraceContext, context_of
from durable.telemetry.tracing import Tracing
from durable.trace import RandomBits


@dataclass(frozen=True, slots=True)
class Enclosing:
    """A span that goes on.

    Attributes:
        context: which span it is.
        parent: the span that was named to it; `None` if it is the root of its trace.
        trace: the trace context that was passed on to it; empty for none.
    """

    context: TraceContext
    parent: TraceContext | None
    trace: Mapping[str, str]

    @staticmethod
    def beneath(trace: Mapping[str, str], tracing: Tracing, random_bits: RandomBits) -> Enclosing:
        """Begin a span of random id beneath the one that `trace` names, or a trace if it names none."""
        parent = context_of(trace)
        context = tracing.begin(random_bits) if parent is None else parent.child(random_bits(64) or 1)
        return Enclosing(context, parent, trace)

    @property
    def parent_id(self) -> int:
        """The id of its parent; 0 for none."""
        return 0 if self.parent is None else self.parent.span_id

    def passed_on(self) -> dict[str, str]:
        """Give what is passed on to what happens within it."""
        return self.context.within(self.trace)
