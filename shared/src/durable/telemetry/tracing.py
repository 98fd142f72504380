"""Where the spans of one service go.

1. A trace is recorded as a whole or not at all: whoever begins it decides, and everybody after goes by its flag.
2. A span that failed is recorded in any case.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

from durable.telemetry.context import TraceContext
from durable.telemetry.names import (
    AZ_NAMESPACE,
    MESSAGING_DESTINATION,
    MESSAGING_OPERATION,
    MESSAGING_SYSTEM,
    SERVER_ADDRESS,
    SERVICE_BUS,
)
from durable.telemetry.span import Span, Value
from durable.trace import RandomBits


def _at_once() -> asyncio.Future[None]:
    """Say that nothing is under way."""
    done = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done


Enter = Callable[[TraceContext, Mapping[str, str], dict[str, Value]], AbstractContextManager[object]]


class Tracing:
    """Takes finished spans; in any thread.

    Attributes:
        broker: address of the Service Bus namespace, as spans name it.
    """

    def __init__(
        self,
        take: Callable[[Span], None],
        broker: str,
        samples: Callable[[int], bool],
        enter: Enter = lambda *_: nullcontext(),
        leave: Callable[[], asyncio.Future[None]] = _at_once,
    ) -> None:
        """Hand spans to `take`; `samples` tells for the id of a trace that begins here whether it is recorded.

        `enter` is what `entered` does, and `leave` what `leave` does.
        """
        self._take = take
        self._enter = enter
        self._leave = leave
        self._samples = samples
        self._messaging: dict[tuple[str, str], dict[str, Value]] = {}
        self.broker = broker

    def finished(self, span: Span) -> None:
        """Record a span, if its trace is recorded or it failed. Never raises for want of a collector."""
        if span.context.sampled or span.has_failed:
            self._take(span)

    def leave(self) -> asyncio.Future[None]:
        """Give what is done when every span told by now has left the process: in the event loop, in some 200 ms.

        What brought the work that a span tells of is settled after that: if the process dies before, it comes again,
        and the span is told again.
        """
        return self._leave()

    def begin(self, random_bits: RandomBits) -> TraceContext:
        """Begin a trace, and give its root span."""
        return self.root(random_bits(128) or 1, random_bits(64) or 1)

    def root(self, trace_id: int, span_id: int) -> TraceContext:
        """Begin a trace under these ids, and give its root span; for the same ids the same is decided."""
        return TraceContext(trace_id, span_id, self._samples(trace_id))

    def entered(
        self, context: TraceContext, trace: Mapping[str, str], set_by_others: dict[str, Value]
    ) -> AbstractContextManager[object]:
        """Make a span that has not ended the current one of OpenTelemetry, while the block runs.

        What anybody's code tells meanwhile, in the same task or thread and those begun there, stands beneath it, and
        baggage and `tracestate` of `trace` go with it. Attributes that such code sets on the current span are put into
        `set_by_others`.
        """
        return self._enter(context, trace, set_by_others)

    def messaging(self, operation: str, entity: str) -> dict[str, Value]:
        """Give the attributes of a span that sends to a queue or topic (`send`), or takes from it (`process`).

        For a subscription `entity` is its topic: both ends of an edge must have the same name. Not to be changed.
        """
        found = self._messaging.get((operation, entity))
        if found is None:
            found = self._messaging[operation, entity] = {
                AZ_NAMESPACE: SERVICE_BUS,
                MESSAGING_SYSTEM: "servicebus",
                MESSAGING_OPERATION: operation,
                MESSAGING_DESTINATION: entity,
                SERVER_ADDRESS: self.broker,
            }
        return found


def recording(broker: str = "servicebus") -> tuple[Tracing, list[Span]]:
    """Give a `Tracing` that keeps every span in a list, for tests."""
    spans: list[Span] = []
    return Tracing(spans.append, broker, lambda _: True), spans
