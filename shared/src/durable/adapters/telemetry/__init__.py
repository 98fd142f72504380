"""Telemetry by OpenTelemetry's SDK: to Application Insights, to an OTLP endpoint, to both or to neither.

1. What is not set is not even imported: a service without telemetry pays for none of it.
2. Exporting happens in threads of the SDK, from bounded queues: a collector that is away or slow holds up no work, and
   what does not fit is dropped and counted.
3. The SDKs of Azure are not instrumented: the spans of messages are ours, and would be there twice.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.lines import count_lines
from durable.telemetry.names import SCOPE
from durable.telemetry.settings import TelemetrySettings
from durable.telemetry.tracing import Tracing

if TYPE_CHECKING:
    import aiohttp

    from durable.adapters.telemetry.exposition import Exposition
    from durable.adapters.telemetry.starting import Started


@dataclass(frozen=True)
class Telemetry:
    """The telemetry of a process.

    Attributes:
        tracing: where its spans go; `None` if nobody takes them.
        started: what sends it to collectors; `None` if there are none.
        metrics: its metrics, which are there whether or not anybody takes them.
    """

    tracing: Tracing | None = None
    metrics: Metrics = field(default_factory=Metrics)
    started: Started | None = None

    def written(self, accept: str) -> tuple[bytes, str]:
        """Write the metrics as `/metrics` gives them for a request's `Accept`: the text and its media type."""
        return self._exposition.written(accept)

    @cached_property
    def _exposition(self) -> Exposition:
        from durable.adapters.telemetry.exposition import Exposition

        return Exposition(self.metrics)

    def close(self) -> None:
        """Send what is left, within a few seconds; blocks, and is harmless without telemetry."""
        if self.started is not None:
            from durable.adapters.telemetry.starting import stop_telemetry

            stop_telemetry(self.started)


def start_telemetry(settings: TelemetrySettings) -> Telemetry:
    """Start what the settings ask for; once in a process, and closed once."""
    metrics = Metrics()
    count_lines(metrics)
    if not settings.is_on:
        return Telemetry(metrics=metrics)
    from durable.adapters.telemetry.starting import started_telemetry

    started = started_telemetry(settings, metrics)
    return Telemetry(started.tracing, metrics, started)


def traced_calls() -> list[aiohttp.TraceConfig]:
    """Give what an `aiohttp.ClientSession` takes as `trace_configs` to have its calls told; none without telemetry."""
    if "durable.adapters.telemetry.starting" not in sys.modules:
        return []
    from opentelemetry.trace import get_tracer

    from durable.adapters.telemetry.calls import call_spans

    return [call_spans(get_tracer(SCOPE))]


def current_trace() -> dict[str, str]:
    """Give the W3C headers of OpenTelemetry's current span and baggage; none where nobody in the process uses it."""
    if "opentelemetry.trace" not in sys.modules:
        return {}
    from durable.adapters.telemetry.calls import headers_of_current

    return headers_of_current()
