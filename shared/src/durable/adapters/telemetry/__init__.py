"""Telemetry by OpenTelemetry's SDK: to Application Insights, to an OTLP endpoint, to both or to neither.

1. What is not set is not even imported: a service without telemetry pays for none of it.
2. Exporting happens in threads of the SDK, from bounded queues: a collector that is away or slow holds up no work, and
   what does not fit is dropped and counted.
3. The SDKs of Azure are not instrumented: the spans of messages are ours, and would be there twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from durable.telemetry.settings import TelemetrySettings
from durable.telemetry.tracing import Tracing


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The telemetry of a process.

    Attributes:
        tracing: where its spans go; `None` if nobody takes them.
    """

    tracing: Tracing | None = None

    def close(self) -> None:
        """Send what is left, within a few seconds; blocks, and is harmless without telemetry."""
        if self.tracing is not None:
            from durable.adapters.telemetry.starting import stop_telemetry

            stop_telemetry()


def start_telemetry(settings: TelemetrySettings) -> Telemetry:
    """Start what the settings ask for; once in a process, and closed once."""
    if not settings.is_on:
        return Telemetry()
    from durable.adapters.telemetry.starting import started_tracing

    return Telemetry(started_tracing(settings))
