"""What the Azure Monitor exporter posted, read back as spans of one transaction: the way the portal reads it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

SPANS = ("RequestData", "RemoteDependencyData")
SKEW = timedelta(milliseconds=2)


@dataclass(frozen=True, slots=True)
class Shown:
    """A request or a dependency, as the portal shows it; `entity` is where it went, or what it came from."""

    is_request: bool
    id: str
    operation: str
    parent: str
    role: str
    replica: str
    name: str
    entity: str
    start: datetime
    end: datetime
    succeeded: bool
    dimensions: Mapping[str, str]

    def encloses(self, other: "Shown") -> bool:
        return self.start - SKEW <= other.start and other.end <= self.end + SKEW


@dataclass(frozen=True, slots=True)
class Transaction:
    """The spans of one operation id."""

    spans: tuple[Shown, ...]

    @property
    def roots(self) -> list[Shown]:
        return [one for one in self.spans if not one.parent]

    @property
    def orphans(self) -> list[Shown]:
        ids = {one.id for one in self.spans}
        return [one for one in self.spans if one.parent and one.parent not in ids]

    @property
    def repeated(self) -> list[str]:
        counts = Counter(one.id for one in self.spans)
        return [f"{one.name} {one.id}" for one in self.spans if counts[one.id] > 1]

    def of(self, **dimensions: str) -> list[Shown]:
        """Give the spans with these dimensions; `task_id` stands for `durable.task_id`."""
        wanted = {f"durable.{name}": value for name, value in dimensions.items()}
        return [one for one in self.spans if wanted.items() <= one.dimensions.items()]

    def parent_of(self, child: Shown) -> Shown:
        return next(one for one in self.spans if one.id == child.parent)

    @property
    def edges(self) -> set[tuple[str, str]]:
        """Who sends to which entity, and which entity somebody takes from, as (from, to)."""
        sent = {(one.role, one.entity) for one in self.spans if not one.is_request and one.entity}
        return sent | {(one.entity, one.role) for one in self.spans if one.is_request and one.entity}


def transactions(envelopes: Iterable[Mapping[str, Any]]) -> dict[str, Transaction]:
    """Give the transactions by operation id."""
    found: dict[str, list[Shown]] = {}
    for span in _spans(envelopes):
        found.setdefault(span.operation, []).append(span)
    return {operation: Transaction(tuple(spans)) for operation, spans in found.items()}


def _spans(envelopes: Iterable[Mapping[str, Any]]) -> Iterator[Shown]:
    for envelope in envelopes:
        kind, data, tags = envelope["data"]["baseType"], envelope["data"]["baseData"], envelope["tags"]
        if kind in SPANS:
            start = datetime.fromisoformat(envelope["time"])
            yield Shown(
                is_request=kind == "RequestData",
                id=data["id"],
                operation=tags["ai.operation.id"],
                parent=tags.get("ai.operation.parentId", ""),
                role=tags["ai.cloud.role"],
                replica=tags["ai.cloud.roleInstance"],
                name=data["name"],
                entity=data.get("source") or data.get("target") or "",
                start=start,
                end=start + _lasting(data["duration"]),
                succeeded=data["success"],
                dimensions=data.get("properties") or {},
            )


def _lasting(text: str) -> timedelta:
    """Read `days.hours:minutes:seconds.fraction`."""
    days, _, rest = text.partition(".")
    hours, minutes, seconds = rest.split(":")
    return timedelta(days=int(days), hours=int(hours), minutes=int(minutes), seconds=float(seconds))
