"""Records as rows of the tables, and rows as records."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import orjson

from emulators.telemetry.records import Batch, Kind, LogRecord, Point, Source, Span, Way

INSTANCE = "durable.instance_id"
_LABELS = {"durable.saga": "saga", "durable.step": "step", INSTANCE: "instance"}
_LABEL_MAX = 200

OUTLINES = """
SELECT trace_id, span_id, parent_id, kind, name, role, instance, start, duration, failed, code, '' AS problem, type,
    target, origin, '{}' AS attributes FROM spans WHERE trace_id = ? ORDER BY start, rowid
"""


def span_row(span: Span, way: Way) -> tuple[Any, ...]:
    """A row of `spans`, for one arrival by this protocol."""
    return (
        span.trace_id,
        span.span_id,
        span.parent_id,
        span.kind.value,
        span.name,
        span.source.role,
        span.source.instance,
        span.start,
        span.duration,
        span.is_failed,
        span.code,
        span.problem,
        span.type,
        span.target,
        span.origin,
        orjson.dumps(span.attributes),
        way is Way.INSIGHTS,
        way is Way.OTLP,
    )


def link_rows(batch: Batch) -> Iterator[tuple[str, str, str, str]]:
    """Rows of `links`."""
    for span in batch.spans:
        for to_trace, to_span in span.links:
            if to_trace and to_span:
                yield (span.trace_id, span.span_id, to_trace, to_span)


def label_rows(batch: Batch) -> set[tuple[str, str, str]]:
    """Rows of `labels`."""
    found = set()
    for span in batch.spans:
        found.add((span.trace_id, "name", span.name[:_LABEL_MAX]))
        found.add((span.trace_id, "role", span.source.role[:_LABEL_MAX]))
        for name, kind in _LABELS.items():
            if span.attributes.get(name):
                found.add((span.trace_id, kind, str(span.attributes[name])[:_LABEL_MAX]))
    return found


def log_row(log: LogRecord) -> tuple[Any, ...]:
    """A row of `logs`."""
    fields = orjson.dumps(log.attributes)
    place = (log.trace_id, log.span_id, log.source.role, log.source.instance, log.at)
    return (*place, log.severity, log.message, log.exception, log.stack, fields)


def point_row(point: Point) -> tuple[Any, ...]:
    """A row of `points`."""
    place = (point.name, point.source.role, point.source.instance, point.at)
    return (
        *place,
        point.value,
        point.count,
        point.least,
        point.greatest,
        point.unit,
        orjson.dumps(point.attributes),
    )


def span_of(row: sqlite3.Row, links: list[tuple[str, str]]) -> Span:
    """The span of a row."""
    return Span(
        trace_id=row["trace_id"],
        span_id=row["span_id"],
        parent_id=row["parent_id"],
        kind=Kind(row["kind"]),
        name=row["name"],
        source=Source(row["role"], row["instance"]),
        start=row["start"],
        duration=row["duration"],
        is_failed=bool(row["failed"]),
        code=row["code"],
        problem=row["problem"],
        type=row["type"],
        target=row["target"],
        origin=row["origin"],
        attributes=orjson.loads(row["attributes"]),
        links=links,
    )


def log_of(row: sqlite3.Row) -> LogRecord:
    """The log record of a row."""
    return LogRecord(
        trace_id=row["trace_id"],
        span_id=row["span_id"],
        source=Source(row["role"], row["instance"]),
        at=row["at"],
        severity=row["severity"],
        message=row["message"],
        exception=row["exception"],
        stack=row["stack"],
        attributes=orjson.loads(row["attributes"]),
    )


def point_of(row: sqlite3.Row) -> Point:
    """The point of a row; a value that is no number is 0."""
    return Point(
        name=row["name"],
        source=Source(row["role"], row["instance"]),
        at=row["at"],
        value=row["value"] or 0.0,
        count=row["count"],
        least=row["least"],
        greatest=row["greatest"],
        unit=row["unit"],
        attributes=orjson.loads(row["attributes"]),
    )
