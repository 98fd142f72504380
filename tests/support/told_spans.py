from collections import Counter
from collections.abc import Iterable, Sequence

from durable.telemetry.span import Span

Place = tuple[int, int]


def place(span: Span) -> Place:
    return span.context.trace_id, span.context.span_id


def roots(spans: Iterable[Span]) -> list[Span]:
    return [span for span in spans if span.parent == 0]


def named(spans: Iterable[Span], name: str) -> list[Span]:
    return [span for span in spans if span.name == name]


def the(spans: Iterable[Span], name: str) -> Span:
    (span,) = named(spans, name)
    return span


def within(spans: Iterable[Span], parent: Span) -> list[str]:
    """Names of what stands directly beneath a span."""
    trace_id, span_id = place(parent)
    return sorted(span.name for span in spans if (span.context.trace_id, span.parent) == (trace_id, span_id))


def check_traces(spans: Sequence[Span], known: Iterable[Place] = ()) -> None:
    """What holds of the spans of ended runs: each once, one root in each trace, no orphan, times that nest."""
    told = {place(span): span for span in spans}
    twice = [told[key].name for key, count in Counter(map(place, spans)).items() if count > 1]
    assert not twice, f"told twice: {twice}"
    outside = set(known)
    assert max(Counter(span.context.trace_id for span in roots(spans)).values(), default=0) <= 1, "two roots"
    for span in spans:
        assert span.start <= span.end, span.name
        if span.parent == 0:
            continue
        above = (span.context.trace_id, span.parent)
        if above in outside:
            continue
        assert above in told, f"{span.name} is an orphan"
        assert told[above].start <= span.start, f"{span.name} begins before {told[above].name}"
        assert span.end <= told[above].end, f"{span.name} ends after {told[above].name}"
