import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from durable.saga import Saga
from durable.telemetry.span import Span
from durable.telemetry.tracing import Tracing
from tests.support.host_sagas import SAGAS
from tests.support.host_world import HostWorld

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


class Told(HostWorld):
    """A world whose host and worker tell their spans, each into a list of its own."""

    def __init__(
        self, sagas: Sequence[Saga[Any, Any]] = SAGAS, *, sampled: bool = True, partition_count: int = 1
    ) -> None:
        super().__init__(sagas, partition_count=partition_count)
        self.spans: list[Span] = []
        self.attempts: list[Span] = []
        self.tracing = Tracing(self.spans.append, "bus", lambda _: sampled)
        self.worker_tracing = Tracing(self.attempts.append, "bus", lambda _: sampled)

    async def run(self, saga: str, value: int = 1) -> Sequence[Span]:
        """Run a saga to its end and give what its host told."""
        async with self.working(), self.hosting_all():
            await self.start(saga, {"value": value})
            await self.ended(patience=timedelta(days=5))
            await asyncio.sleep(1)
        return self.spans

    def check_spans(self, *, outlived: Collection[str] = ()) -> None:
        check_traces([*self.spans, *self.attempts], outlived=outlived)


def once(spans: Iterable[Span]) -> list[Span]:
    """What was told, without repeats under the same id."""
    return list({place(span): span for span in spans}.values())


def check_traces(spans: Sequence[Span], known: Iterable[Place] = (), outlived: Collection[str] = ()) -> None:
    """What holds of the spans of ended runs: each once, one root in each trace, no orphan, times that nest.

    What stands beneath a span of a name that is `outlived` may end after it.
    """
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
        if told[above].name not in outlived:
            assert span.end <= told[above].end, f"{span.name} ends after {told[above].name}"
