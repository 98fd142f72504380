"""Sends the metrics of the process to an exporter of the SDK, now and then and at the end.

1. The values are ours and the way out is the SDK's: nothing is counted twice to be seen in two places.
2. An exporter that adds up by itself (Application Insights) gets what came since the last time; any other one gets the
   sums since the start, and so loses nothing by a request that got lost.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from itertools import groupby

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    MetricExporter,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.metrics.export import Metric as Exported
from opentelemetry.sdk.resources import Resource

from durable.adapters.telemetry.ended import SCOPE_OF_OURS
from durable.telemetry.metrics import Distribution, Kind, Metric, Metrics, Reading
from durable.telemetry.names import PREFIX

_LOG = logging.getLogger(__name__)
_Key = tuple[Metric, tuple[str, ...]]


class ExportedMetrics:
    """Gives readings as the SDK's exporters take them."""

    def __init__(self, metrics: Metrics, resource: Resource, temporality: AggregationTemporality) -> None:
        self._metrics = metrics
        self._resource = resource
        self._temporality = temporality
        self._since = time.time_ns()
        self._before: dict[_Key, float | Distribution] = {}

    def data(self) -> MetricsData:
        """Give all metrics; if these are differences, since the last time it was asked."""
        now = time.time_ns()
        readings = sorted(self._metrics.read(), key=lambda reading: reading.metric.name)
        if self._temporality is AggregationTemporality.DELTA:
            readings = list(self._differences(readings))
        exported = [
            self._exported(metric, list(of_metric), now)
            for metric, of_metric in groupby(readings, lambda reading: reading.metric)
        ]
        if self._temporality is AggregationTemporality.DELTA:
            self._since = now
        scope = ScopeMetrics(SCOPE_OF_OURS, exported, "")
        return MetricsData([ResourceMetrics(self._resource, [scope], "")])

    def _differences(self, readings: Iterable[Reading]) -> Iterator[Reading]:
        for reading in readings:
            metric, value = reading.metric, reading.value
            if metric.kind is Kind.GAUGE:
                yield reading
                continue
            before = self._before.get((metric, reading.labels))
            self._before[metric, reading.labels] = value
            changed = _since(value, before)
            if changed is not None:
                yield Reading(metric, reading.labels, changed)

    def _exported(self, metric: Metric, readings: list[Reading], now: int) -> Exported:
        points = [self._point(metric, reading, now) for reading in readings]
        numbers = [point for point in points if isinstance(point, NumberDataPoint)]
        data: Histogram | Gauge | Sum
        if metric.kind is Kind.HISTOGRAM:
            data = Histogram([point for point in points if isinstance(point, HistogramDataPoint)], self._temporality)
        elif metric.kind is Kind.GAUGE:
            data = Gauge(numbers)
        else:
            data = Sum(numbers, self._temporality, is_monotonic=True)
        return Exported(metric.name, metric.meaning, metric.unit, data)

    def _point(self, metric: Metric, reading: Reading, now: int) -> NumberDataPoint | HistogramDataPoint:
        attributes = {PREFIX + name: text for name, text in zip(metric.labels, reading.labels, strict=True)}
        value = reading.value
        if not isinstance(value, Distribution):
            return NumberDataPoint(attributes, self._since, now, float(value))
        count = sum(value.counts)
        least, most = _range(metric.buckets, value, count)
        bounds = metric.buckets
        return HistogramDataPoint(attributes, self._since, now, count, value.sum, value.counts, bounds, least, most)


def _since(value: float | Distribution, before: float | Distribution | None) -> float | Distribution | None:
    """Give what came since; nothing if that is nothing."""
    if isinstance(value, Distribution):
        if not isinstance(before, Distribution):
            return value
        counts = tuple(now - then for now, then in zip(value.counts, before.counts, strict=True))
        return Distribution(counts, value.sum - before.sum) if any(counts) else None
    changed = value - before if isinstance(before, float | int) else value
    return changed or None


def _range(bounds: tuple[float, ...], value: Distribution, count: int) -> tuple[float, float]:
    """Give between what all values lie, as far as buckets tell; the mean is never outside."""
    filled = [index for index, many in enumerate(value.counts) if many]
    mean = value.sum / count if count else 0.0
    least = bounds[filled[0] - 1] if filled and filled[0] > 0 else 0.0
    most = bounds[min(filled[-1], len(bounds) - 1)] if filled else 0.0
    return min(least, mean), max(most, mean)


class PeriodicExport:
    """Exports every so many seconds, in a thread of its own, until it is stopped."""

    def __init__(self, exported: ExportedMetrics, exporter: MetricExporter, every: float) -> None:
        self._exported = exported
        self._exporter = exporter
        self._every = every
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics are exported", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Export once more, and end; blocks for as long as that takes."""
        self._stopping.set()
        self._thread.join()
        self._exporter.shutdown()

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            self._export()
        self._export()

    def _export(self) -> None:
        try:
            self._exporter.export(self._exported.data())
        except Exception:  # It is the code of an SDK, and this thread must go on.
            _LOG.exception("metrics could not be exported")
