"""One transaction: its spans as a tree, each with its log records and with the links that lead to it and from it."""

from collections.abc import Iterable, Sequence
from typing import Any

from emulators.telemetry.records import LogRecord, Span
from emulators.telemetry.shown.transactions import escaped, summary
from emulators.telemetry.shown.tree import Row, gaps_of, tree_of
from emulators.telemetry.store.store import Store

ROWS_MAX = 2000
LOGS_MAX = 2000
LINKS_SHOWN = 50
_GAPS_MAX = 20
_FOUND = """
SELECT span_id FROM spans WHERE trace_id = :trace AND (
    span_id LIKE :find ESCAPE '\\' OR name LIKE :find ESCAPE '\\' OR role LIKE :find ESCAPE '\\'
    OR instance LIKE :find ESCAPE '\\' OR target LIKE :find ESCAPE '\\' OR origin LIKE :find ESCAPE '\\'
    OR problem LIKE :find ESCAPE '\\' OR CAST(attributes AS TEXT) LIKE :find ESCAPE '\\')
UNION SELECT span_id FROM logs WHERE trace_id = :trace
    AND (message LIKE :find ESCAPE '\\' OR exception LIKE :find ESCAPE '\\')
"""
# A wait is worth showing if it takes this part of the whole.
_GAP_PART = 40


def transaction_shown(store: Store, trace_id: str, find: str) -> dict[str, Any] | None:
    """A transaction; with `find` only the spans that contain the text, and what stands above them. None if unknown."""
    found = summary(store, trace_id)
    if found is None:
        return None
    outlines = store.outlines(trace_id)
    rows = tree_of(outlines)
    kept = _with_ancestors(rows, _matching(store, trace_id, find.strip())) if find.strip() else rows
    to, logs = found["start"], store.logs(trace_id, LOGS_MAX)
    placed = {row.span_id for row in rows}
    return {
        **found,
        "roles": _roles(outlines),
        "missing": sum(row.is_missing for row in rows),
        "orphans": sum(row.is_orphan for row in rows),
        "matching": len(kept),
        "gaps": [_gap(gap, to) for gap in gaps_of(outlines, max(1, found["duration"] // _GAP_PART))[:_GAPS_MAX]],
        "rows": _rows(store, trace_id, kept[:ROWS_MAX], logs, to),
        "logs_outside": [_log(log, to) for log in logs if log.span_id not in placed],
    }


def _matching(store: Store, trace_id: str, find: str) -> set[str]:
    pattern = {"trace": trace_id, "find": f"%{escaped(find)}%"}
    return {row[0] for row in store.select(_FOUND, pattern)}


def _with_ancestors(rows: Sequence[Row], matching: set[str]) -> list[Row]:
    """A row above another that is kept, and less deep, is its ancestor if no such row stands between."""
    kept: list[Row] = []
    least = 0
    for row in reversed(rows):
        if row.depth < least or row.span_id in matching:
            kept.append(row)
            least = row.depth
    return kept[::-1]


def _roles(spans: Sequence[Span]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for span in spans:
        of_role = found.setdefault(span.source.role, {"role": span.source.role, "spans": 0, "failures": 0})
        of_role["spans"] += 1
        of_role["failures"] += span.is_failed
    return list(found.values())


def _gap(gap: tuple[int, int], to: int) -> dict[str, int]:
    return {"start": gap[0] - to, "duration": gap[1] - gap[0]}


def _rows(
    store: Store, trace_id: str, shown: Sequence[Row], logs: Iterable[LogRecord], to: int
) -> list[dict[str, Any]]:
    spans = {span.span_id: span for span in store.spans_among(trace_id, [row.span_id for row in shown])}
    links = _links_to(store, trace_id)
    by_span: dict[str, list[dict[str, Any]]] = {}
    for log in logs:
        by_span.setdefault(log.span_id, []).append(_log(log, to))
    return [
        {
            **_place(row, to),
            "linked_from": links.get(row.span_id, [])[:LINKS_SHOWN],
            "logs": by_span.get(row.span_id, []),
            **(_span(spans[row.span_id]) if row.span_id in spans else {}),
        }
        for row in shown
    ]


def _place(row: Row, to: int) -> dict[str, Any]:
    return {
        "span_id": row.span_id,
        "parent_id": row.parent_id,
        "depth": row.depth,
        "start": row.start - to,
        "duration": row.end - row.start,
        "is_missing": row.is_missing,
        "is_orphan": row.is_orphan,
    }


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
