"""Counters, gauges and histograms: what there are (`declared`), and their values in this process (`Metrics`).

Nothing here knows who takes them; `durable.adapters.telemetry` writes them for Prometheus and sends them by
OpenTelemetry's exporters.
"""

from durable.telemetry.metrics.metric import Kind, Metric
from durable.telemetry.metrics.recorded import Distribution, Metrics, Reading

__all__ = ["Distribution", "Kind", "Metric", "Metrics", "Reading"]
