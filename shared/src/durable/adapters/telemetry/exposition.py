"""Metrics as Prometheus reads them: its text format, or OpenMetrics if that is asked for.

1. A name is the declared one with underscores and its unit: `durable.turn.duration` is `durable_turn_duration_seconds`.
2. Beside ours stand those that Prometheus' client takes of the process: CPU, memory, open files, garbage collection.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Any

from prometheus_client import GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector, CollectorRegistry

from durable.telemetry.metrics import Distribution, Kind, Metric, Metrics, Reading

_UNITS = {"s": "seconds", "By": "bytes", "{request_unit}": "request_units"}
_FAMILIES = {
    Kind.COUNTER: CounterMetricFamily,
    Kind.GAUGE: GaugeMetricFamily,
    Kind.HISTOGRAM: HistogramMetricFamily,
}


class Exposition:
    """Writes the metrics of a process whenever it is asked."""

    def __init__(self, metrics: Metrics) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._registry.register(_Ours(metrics))

    def written(self, accept: str) -> tuple[bytes, str]:
        """Give the text and its media type for a request's `Accept`."""
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type


def prometheus_name(metric: Metric) -> str:
    """Give the name of a metric, without the endings of its samples (`_total`, `_bucket`)."""
    name, unit = metric.name.replace(".", "_"), _UNITS.get(metric.unit, "")
    return f"{name}_{unit}" if unit and not name.endswith(unit) else name


class _Ours(Collector):
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Family]:
        by_metric: dict[Metric, list[Reading]] = {}
        for reading in self._metrics.read():
            by_metric.setdefault(reading.metric, []).append(reading)
        for metric, readings in by_metric.items():
            yield _family(metric, readings)


def _family(metric: Metric, readings: Iterable[Reading]) -> Any:
    unit = _UNITS.get(metric.unit, "")
    family: Any = _FAMILIES[metric.kind](prometheus_name(metric), metric.meaning, labels=metric.labels, unit=unit)
    for reading in readings:
        if isinstance(reading.value, Distribution):
            bounds = [*map(str, metric.buckets), "+Inf"]
            buckets = list(zip(bounds, accumulate(reading.value.counts), strict=True))
            family.add_metric(reading.labels, buckets, reading.value.sum)
        else:
            family.add_metric(reading.labels, reading.value)
    return family
