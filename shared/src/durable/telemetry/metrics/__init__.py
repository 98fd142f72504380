"""Counters, gauges and histograms: what there are (`declared`), and their values in this process (`Metrics`).

Nothing here knows who takes them; `durable.adapters.telemetry` writes them for Prometheus and sends them by
OpenTelemetry's exporters.
"""

from collections.abc import Callable

from durable.telemetry.metrics.metric import Kind, Metric
from durable.telemetry.metrics.recorded import Distribution, Metrics, Reading

# Writes all metrics in the format that a request accepts; gives the text and its media type.
Written = Callable[[str], tuple[bytes, str]]

__all__ = ["Distribution", "Kind", "Metric", "Metrics", "Reading", "Written"]
