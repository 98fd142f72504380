"""What is kept, in one form for both protocols: that of Application Insights, which is what a person will look at.

1. Times and durations are whole microseconds, times since 1970: Application Insights has no finer ones.
2. Ids are lower-case hexadecimal text as they came; empty text is "none".
3. What a sender wrote is cut to the lengths that the service keeps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

NAME_MAX = 1024
VALUE_MAX = 8192
MESSAGE_MAX = 32_768
ATTRIBUTES_MAX = 128
LINKS_MAX = 128
COUNT_MAX = (1 << 63) - 1

Attributes: TypeAlias = Mapping[str, Any]


class Kind(StrEnum):
    """The kind of a span; the first two are requests in Application Insights, the others dependencies."""

    SERVER = "server"
    CONSUMER = "consumer"
    CLIENT = "client"
    PRODUCER = "producer"
    INTERNAL = "internal"


class Way(StrEnum):
    """By which protocol something came."""

    INSIGHTS = "insights"
    OTLP = "otlp"


@dataclass(frozen=True, slots=True)
class Source:
    """Who sent it: `service.namespace.service.name`, and the instance of that service."""

    role: str
    instance: str


@dataclass(frozen=True, slots=True)
class Span:
    """A request or a dependency.

    `type` and `target` are those of a dependency, `origin` is what a request came from (its source), such as
    `<namespace>/<queue>`; `code` is the result code; `problem` is what the sender says of a failure.
    """

    trace_id: str
    span_id: str
    parent_id: str
    kind: Kind
    name: str
    source: Source
    start: int
    duration: int
    is_failed: bool
    code: str = "0"
    problem: str = ""
    type: str = ""
    target: str = ""
    origin: str = ""
    attributes: Attributes = field(default_factory=dict)
    links: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class LogRecord:
    """A line of a log, or an exception, which has an `exception` type; `severity` is 0 (verbose) to 4 (critical)."""

    trace_id: str
    span_id: str
    source: Source
    at: int
    severity: int
    message: str
    exception: str = ""
    stack: str = ""
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a metric: a sum over `count` measurements, with the least and the greatest if they are known."""

    name: str
    source: Source
    at: int
    value: float
    count: int = 1
    least: float | None = None
    greatest: float | None = None
    unit: str = ""
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An item as an exporter of Application Insights posted it, and when, in seconds since 1970."""

    arrived: float
    content: Mapping[str, Any]


@dataclass(slots=True)
class Batch:
    """What one request brought."""

    way: Way
    spans: list[Span] = field(default_factory=list)
    logs: list[LogRecord] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    envelopes: list[Mapping[str, Any]] = field(default_factory=list)

    def take(self, other: "Batch") -> None:
        """Add what another one brought."""
        self.spans += other.spans
        self.logs += other.logs
        self.points += other.points
        self.envelopes += other.envelopes


def cut_attributes(attributes: Attributes) -> dict[str, Any]:
    """Attributes as many and as long as are kept; numbers and truths stay what they are."""
    kept = list(attributes.items())[:ATTRIBUTES_MAX]
    return {name[:NAME_MAX]: _cut(value) for name, value in kept}


def _cut(value: Any) -> Any:
    if isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else str(value)
    return text[:VALUE_MAX]
