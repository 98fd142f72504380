"""One transaction: its spans as a tree, each with its log records and with the links that lead to it and from it."""

from collections.abc import Iterable, Sequence
from typing import Any

from emulators.telemetry.records import LogRecord, Span
from emulators.telemetry.shown.transactions import summary
from emulators.telemetry.shown.tree import Row, gaps_of, tree_of
from emulators.telemetry.store.store import Store

ROWS_MAX = 2000
LOGS_MAX = 2000
LINKS_SHOWN = 50
_GAPS_MAX = 20
# A wait is worth showing if it takes this part of the whole.
_GAP_PART = 40


def transaction_shown(store: Store, trace_id: str, find: str) -> dict[str, Any] | None:
    """A transaction; with `find` only the spans that contain the text, and what stands above them. None if unknown."""
    found = summary(store, trace_id)
    if found is None:
        return None
    spans, logs = store.spans(trace_id), store.logs(trace_id)
    rows = tree_of(spans)
    kept = _with_ancestors(rows, find.strip().lower(), logs) if find.strip() else rows
    by_span: dict[str, list[LogRecord]] = {}
    for log in logs[:LOGS_MAX]:
        by_span.setdefault(log.span_id, []).append(log)
    placed = {row.span_id for row in rows}
    to, links = found["start"], _links_to(store, trace_id)
    return {
        **found,
        "roles": _roles(spans),
        "missing": sum(row.is_missing for row in rows),
        "orphans": sum(row.is_orphan for row in rows),
        "matching": len(kept),
        "gaps": [_gap(gap, to) for gap in gaps_of(spans, max(1, found["duration"] // _GAP_PART))[:_GAPS_MAX]],
        "rows": [_row(row, to, by_span, links) for row in kept[:ROWS_MAX]],
        "logs_outside": [_log(log, to) for log in logs[:LOGS_MAX] if log.span_id not in placed],
    }


def _with_ancestors(rows: Sequence[Row], find: str, logs: Iterable[LogRecord]) -> list[Row]:
    """A row above another that is kept, and less deep, is its ancestor if no such row stands between."""
    told = {log.span_id for log in logs if find in f"{log.message} {log.exception}".lower()}
    kept: list[Row] = []
    least = 0
    for row in reversed(rows):
        if row.depth < least or row.span_id in told or find in _text(row):
            kept.append(row)
            least = row.depth
    return kept[::-1]


def _text(row: Row) -> str:
    if row.span is None:
        return row.span_id
    span = row.span
    words = (span.span_id, span.name, span.source.role, span.source.instance, span.target, span.origin, span.problem)
    return " ".join((*words, "failed" if span.is_failed else "", *map(str, span.attributes.values()))).lower()


def _roles(spans: Sequence[Span]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for span in spans:
        of_role = found.setdefault(span.source.role, {"role": span.source.role, "spans": 0, "failures": 0})
        of_role["spans"] += 1
        of_role["failures"] += span.is_failed
    return list(found.values())


def _gap(gap: tuple[int, int], to: int) -> dict[str, int]:
    return {"start": gap[0] - to, "duration": gap[1] - gap[0]}


def _row(row: Row, to: int, logs: dict[str, list[LogRecord]], links: dict[str, list[dict[str, str]]]) -> dict[str, Any]:
    place = {
        "span_id": row.span_id,
        "parent_id": row.parent_id,
        "depth": row.depth,
        "start": row.start - to,
        "duration": row.end - row.start,
        "is_missing": row.is_missing,
        "is_orphan": row.is_orphan,
        "linked_from": links.get(row.span_id, [])[:LINKS_SHOWN],
        "logs": [_log(log, to) for log in logs.get(row.span_id, [])],
    }
    return place if row.span is None else {**place, **_span(row.span)}


def _span(span: Span) -> dict[str, Any]:
    return {
        "name": span.name,
        "kind": span.kind.value,
        "role": span.source.role,
        "instance": span.source.instance,
        "is_failed": span.is_failed,
        "code": span.code,
        "problem": span.problem,
        "type": span.type,
        "target": span.target,
        "origin": span.origin,
        "attributes": dict(span.attributes),
        "links": [{"trace_id": trace, "span_id": id_} for trace, id_ in span.links[:LINKS_SHOWN]],
    }


def _log(log: LogRecord, to: int) -> dict[str, Any]:
    return {
        "at": log.at - to,
        "span_id": log.span_id,
        "role": log.source.role,
        "instance": log.source.instance,
        "severity": log.severity,
        "message": log.message,
        "exception": log.exception,
        "stack": log.stack,
        "attributes": dict(log.attributes),
    }


def _links_to(store: Store, trace_id: str) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for row in store.select("SELECT trace_id, span_id, to_span FROM links WHERE to_trace = ?", (trace_id,)):
        found.setdefault(row["to_span"], []).append({"trace_id": row["trace_id"], "span_id": row["span_id"]})
    return found
