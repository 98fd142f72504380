"""Looks at instances."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, TypedDict, Unpack

from durable.client.part import Part, instance_path
from durable.client.views import (
    InstanceSummary,
    InstanceView,
    ParkedEvent,
    read_event,
    read_parked,
    read_summary,
    read_view,
)
from durable.codec import encode_time
from durable.events import HistoryEvent
from durable.saga import Saga
from durable.status import Status

# Within the class, `list` is the method.
_Events = list[HistoryEvent]
_Parked = list[ParkedEvent]


class Which(TypedDict, total=False):
    """Which instances are meant; all, if nothing is said.

    Attributes:
        status: where they stand.
        saga: of which saga they are.
        created_after, created_before: when they were created, both exclusive.
    """

    status: Status | None
    saga: Saga[Any, Any] | str | None
    created_after: datetime | None
    created_before: datetime | None


class Looks(Part):
    """The verbs that change nothing."""

    async def get(self, instance_id: str) -> InstanceView:
        """Tell where an instance stands."""
        return read_view(await self._ask("GET", instance_path(instance_id)))

    async def list(self, **which: Unpack[Which]) -> AsyncIterator[InstanceSummary]:
        """List instances, newest first, page after page as they are asked for. Arguments: see `Which`."""
        query = _query(which)
        while True:
            page = await self._ask("GET", "/instances", query)
            for record in page["instances"]:
                yield read_summary(record)
            if page["continuation"] is None:
                return
            query["continuation"] = page["continuation"]

    async def count(self, **which: Unpack[Which]) -> int:
        """Count instances. Arguments: see `Which`."""
        return int((await self._ask("GET", "/instance-count", _query(which)))["count"])

    async def history(self, instance_id: str, *, resolve: bool = False) -> _Events:
        """Give all events of an instance, of all its executions, in order.

        A large payload is given as a `PayloadRef`, or with `resolve` as data, as a replay of the history needs it.

        Raises:
            UndecodableMessage: one is of a kind that this version of the library does not know.
        """
        events: _Events = []
        query: dict[str, str | None] = {"resolve": "true" if resolve else None}
        while True:
            page = await self._ask("GET", instance_path(instance_id, "history"), query)
            events += map(read_event, page["events"])
            if page["continuation"] is None:
                return events
            query["continuation"] = page["continuation"]

    async def parked_events(self, instance_id: str | None = None) -> _Parked:
        """Give the events that came before their instance: of one, in order of arrival, or all."""
        parked: _Parked = []
        query: dict[str, str | None] = {"instance_id": instance_id}
        while True:
            page = await self._ask("GET", "/parked-events", query)
            parked += map(read_parked, page["events"])
            if page["continuation"] is None:
                return parked
            query["continuation"] = page["continuation"]


def _query(which: Which) -> dict[str, str | None]:
    status, saga = which.get("status"), which.get("saga")
    after, before = which.get("created_after"), which.get("created_before")
    return {
        "status": status and status.value,
        "saga": saga.name if isinstance(saga, Saga) else saga,
        "created_after": None if after is None else encode_time(after),
        "created_before": None if before is None else encode_time(before),
    }
