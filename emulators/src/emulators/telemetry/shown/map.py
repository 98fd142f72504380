"""The application map, drawn as Application Insights draws it.

1. Nodes are roles, and what they depend on: queues and topics as `<namespace>/<entity>`, databases, hosts.
2. The target of a role's dependency that is the origin of another role's requests is one node between both.
3. A request without an origin whose parent is a span of another role joins the two roles; the dependency that called it
   is drawn no further.
4. An edge into a queue tells of its senders, an edge out of it of those who process: count, mean duration, failures.
"""

from dataclasses import dataclass, field
from typing import Any

from emulators.telemetry.store.store import Store

WINDOW_SECONDS = 3600
SPANS_MAX = 50_000
"""A look at the last hour reads at most the latest so many spans."""

_QUEUE = "Queue Message"
_REQUESTS = """
SELECT r.role, r.origin, p.role AS caller, count(*) AS count, sum(r.duration) AS duration, sum(r.failed) AS failures
FROM spans r LEFT JOIN spans p ON p.trace_id = r.trace_id AND p.span_id = r.parent_id
WHERE r.kind IN ('server', 'consumer') AND r.{where} GROUP BY 1, 2, 3
"""
_DEPENDENCIES = """
SELECT d.role, d.type, d.target, count(*) AS count, sum(d.duration) AS duration, sum(d.failed) AS failures
FROM spans d WHERE d.kind IN ('client', 'producer') AND d.{where} AND NOT EXISTS (
    SELECT 1 FROM spans r WHERE r.trace_id = d.trace_id AND r.parent_id = d.span_id
        AND r.kind IN ('server', 'consumer') AND r.origin = '' AND r.role <> d.role)
GROUP BY 1, 2, 3
"""
_ROLES = "SELECT role, count(DISTINCT instance) AS instances, count(*) AS spans FROM spans WHERE {where} GROUP BY 1"


@dataclass(slots=True)
class _Flow:
    """What went along an edge, or through a node."""

    count: int = 0
    duration: int = 0
    failures: int = 0

    def add(self, row: Any) -> None:
        self.count += row["count"]
        self.duration += row["duration"]
        self.failures += row["failures"]

    def as_json(self) -> dict[str, Any]:
        count = self.count or 1
        rates = {"mean_duration": self.duration // count, "failure_rate": self.failures / count}
        return {"count": self.count, "failures": self.failures, **rates}


@dataclass(slots=True)
class _Map:
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    through: dict[str, _Flow] = field(default_factory=dict)
    edges: dict[tuple[str, str], _Flow] = field(default_factory=dict)

    def node(self, kind: str, name: str, of_type: str = "") -> str:
        known = f"{kind}:{name}"
        self.nodes.setdefault(known, {"id": known, "kind": kind, "name": name, "type": of_type})
        self.through.setdefault(known, _Flow())
        return known

    def edge(self, start: str, end: str, row: Any) -> None:
        self.edges.setdefault((start, end), _Flow()).add(row)

    def as_json(self) -> dict[str, Any]:
        edges = [{"from": start, "to": end, **flow.as_json()} for (start, end), flow in sorted(self.edges.items())]
        nodes = [{**node, **self.through[name].as_json()} for name, node in sorted(self.nodes.items())]
        return {"nodes": nodes, "edges": edges}


def map_of_trace(store: Store, trace_id: str) -> dict[str, Any]:
    """The map of one transaction."""
    return _drawn(store, "trace_id = ?", trace_id)


def map_of_last_hour(store: Store, now: int) -> dict[str, Any]:
    """The map of the spans that began in the hour before `now` (in microseconds), at most `SPANS_MAX` of them."""
    last = store.select("SELECT start FROM spans ORDER BY start DESC LIMIT 1 OFFSET ?", (SPANS_MAX,)).fetchone()
    since = max(now - WINDOW_SECONDS * 1_000_000, 0 if last is None else last[0] + 1)
    return {**_drawn(store, "start >= ?", since), "since": since}


def _drawn(store: Store, where: str, given: str | int) -> dict[str, Any]:
    drawn = _Map()
    for row in store.select(_ROLES.format(where=where), (given,)):
        role = drawn.node("role", row["role"])
        drawn.nodes[role].update(instances=row["instances"], spans=row["spans"])
    for row in store.select(_REQUESTS.format(where=where), (given,)):
        _draw_request(drawn, row)
    for row in store.select(_DEPENDENCIES.format(where=where), (given,)):
        _draw_dependency(drawn, row)
    return drawn.as_json()


def _draw_request(drawn: _Map, row: Any) -> None:
    role = drawn.node("role", row["role"])
    drawn.through[role].add(row)
    if row["origin"]:
        drawn.edge(drawn.node("queue", row["origin"], _QUEUE), role, row)
    elif row["caller"] is not None and row["caller"] != row["role"]:
        drawn.edge(drawn.node("role", row["caller"]), role, row)


def _draw_dependency(drawn: _Map, row: Any) -> None:
    kind = _kind_of(row["type"], row["target"], drawn)
    target = drawn.node(kind, row["target"] or row["type"], row["type"])
    drawn.through[target].add(row)
    drawn.edge(drawn.node("role", row["role"]), target, row)


def _kind_of(of_type: str, target: str, drawn: _Map) -> str:
    if of_type.startswith(_QUEUE) or f"queue:{target}" in drawn.nodes:
        return "queue"
    if "|" in target:
        return "database"
    return "http" if of_type == "HTTP" else "other"
