"""Metric points of OTLP as records: sums and gauges by their value, the others by sum, count, least and greatest."""

from typing import Any

from emulators.telemetry.otlp.values import attributes_of, microseconds, source_of
from emulators.telemetry.records import COUNT_MAX, NAME_MAX, Batch, Point, Source

_KINDS = {"gauge", "sum", "histogram", "exponential_histogram", "summary"}


def read_metrics(message: Any, batch: Batch) -> tuple[int, str]:
    """Add the points of an ExportMetricsServiceRequest; gives how many metrics were refused, and why the last was."""
    refused, why = 0, ""
    for resource in message.resource_metrics:
        source = source_of(resource.resource)
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                which = metric.WhichOneof("data")
                if which in _KINDS and metric.name:
                    points = getattr(metric, which).data_points
                    batch.points.extend(_point(metric, which, point, source) for point in points)
                else:
                    refused, why = refused + 1, f"a metric with a name and data was expected, found '{metric.name}'"
    return refused, why


def _point(metric: Any, which: str, point: Any, source: Source) -> Point:
    plain = which in {"gauge", "sum"}
    has_bounds = which in {"histogram", "exponential_histogram"}
    return Point(
        name=metric.name[:NAME_MAX],
        source=source,
        at=microseconds(point.time_unix_nano),
        value=float(getattr(point, point.WhichOneof("value") or "as_int") if plain else point.sum),
        count=1 if plain else min(COUNT_MAX, point.count),
        least=point.min if has_bounds and point.HasField("min") else None,
        greatest=point.max if has_bounds and point.HasField("max") else None,
        unit=metric.unit[:NAME_MAX],
        attributes=attributes_of(point.attributes),
    )
