"""The saga instances of a stack, as its management API shows them."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from stack.demo.web import get


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance; of a child, `parent_id` says whose."""

    id: str
    saga: str
    status: str
    created_at: datetime
    ended_at: datetime | None
    parent_id: str | None = None

    @property
    def duration(self) -> timedelta | None:
        """How long it took, once it has ended."""
        return self.ended_at - self.created_at if self.ended_at else None


@dataclass(frozen=True, slots=True)
class Ending:
    """How an instance ended: the number of its activities, the objects in its output, and why it failed, if it did."""

    instance: Instance
    steps: int
    outputs: tuple[str, ...]
    reason: str


class Instances:
    """Follows the instances of one management API."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._known: dict[str, Instance] = {}

    async def look(self) -> tuple[Instance, ...]:
        """Return all instances as they stand now, in the order of their beginning."""
        async for summary in _pages(self._base, "/instances?limit=200", "instances"):
            known = self._known.get(summary["id"]) or await self._meet(summary["id"])
            ended = summary["ended_at"]
            self._known[known.id] = replace(
                known, status=summary["status"], ended_at=datetime.fromisoformat(ended) if ended else None
            )
        return tuple(sorted(self._known.values(), key=lambda instance: (instance.created_at, instance.id)))

    async def ending(self, instance: Instance) -> Ending:
        """Return how an ended instance came to its end."""
        path = f"/instances/{quote(instance.id)}"
        view = await get(self._base, path)
        kinds = [event["kind"] async for event in _pages(self._base, f"{path}/history?limit=1000", "events")]
        failure = view["failure"] or {}
        reasons = [reason["msg"] for reason in view["reasons"]] or [failure.get("message", "")]
        return Ending(instance, kinds.count("ActivityScheduled"), tuple(objects_in(view["output"])), "; ".join(reasons))

    async def _meet(self, instance_id: str) -> Instance:
        view = await get(self._base, f"/instances/{quote(instance_id)}")
        return Instance(
            id=view["id"],
            saga=view["saga"],
            status=view["status"],
            created_at=datetime.fromisoformat(view["created_at"]),
            ended_at=None,
            parent_id=view.get("parent_id"),
        )


def objects_in(document: object) -> Iterator[str]:
    """Find the names of objects and folders in an output, at any depth.

    They are texts under `object`, `objects` and `outputs`, and locations: a name, with or without its store.
    """
    if isinstance(document, list):
        for value in document:
            yield from objects_in(value)
    elif isinstance(document, dict):
        if isinstance(document.get("name"), str) and document.keys() <= {"store", "name"}:
            yield document["name"]
        for key, value in document.items():
            named = value if isinstance(value, list) else [value]
            yield from (name for name in named if isinstance(name, str) and key in ("object", "objects", "outputs"))
            yield from objects_in(value)


async def _pages(base: str, path: str, items: str) -> AsyncIterator[dict[str, Any]]:
    more = ""
    while True:
        page = await get(base, path + more)
        for item in page[items]:
            yield item
        if page["continuation"] is None:
            return
        more = f"&continuation={quote(page['continuation'])}"
