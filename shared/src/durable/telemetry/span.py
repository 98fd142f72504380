"""One span: something that has ended, and where in its trace it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from durable.failure import Failure
from durable.telemetry.context import TraceContext

Value = str | int | float | bool
Attributes = Mapping[str, Value]


class Kind(Enum):
    """What a span is to its service, in OpenTelemetry's words; the value is that of OTLP."""

    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


@dataclass(slots=True)  # Frozen, it takes three times as long to make.
class Span:
    """Something that has ended; not to be changed.

    Attributes:
        name: of few different values: what it does, never for whom.
        kind: what it is to its service.
        context: which span it is.
        parent: id of the span that it is part of, in the same trace; 0 for the root of its trace.
        start, end: when it began and ended.
        attributes: what else is known of it; text, numbers and truths.
        failure: why it failed, if it did: shown as its status and as an exception.
        error: that it failed, in words, if there is no `failure` to show.
        links: spans of this or of other traces that it has to do with.
    """

    name: str
    kind: Kind
    context: TraceContext
    parent: int
    start: datetime
    end: datetime
    attributes: Attributes = field(default_factory=dict)
    failure: Failure | None = None
    error: str = ""
    links: tuple[TraceContext, ...] = ()

    @property
    def has_failed(self) -> bool:
        """Whether what it tells of went wrong."""
        return self.failure is not None or bool(self.error)
