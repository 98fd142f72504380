"""Sends what a cell asks for, at its rate, and learns from the management API what became of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote

from benchmarks.scaling.cells import ROWS, Cell
from stack.demo.publishing import event_of, number_of
from stack.demo.samples import TENANT
from stack.demo.web import get, post_events
from stack.errors import StackError

PATIENCE = timedelta(seconds=180)
BETWEEN_LOOKS = timedelta(seconds=0.25)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one request ended (`Running` if it has not), and how long after it was sent."""

    status: str
    seconds: float


class Inputs(Protocol):
    """Gives the data of events."""

    def files(self, count: int) -> list[str]:
        """Names of so many objects of JSON lines."""
        ...

    def invoice(self, number: int) -> tuple[str, str]:
        """Name and media type of the object that holds an invoice."""
        ...


def events_of(cell: Cell, inputs: Inputs) -> Iterator[list[dict[str, object]]]:
    """Give the events of a cell, burst by burst."""
    number = 0
    for burst in cell.bursts():
        events = []
        for _ in range(burst):
            number += 1
            events.append(_event(cell, number, inputs))
        yield events


def _event(cell: Cell, number: int, inputs: Inputs) -> dict[str, object]:
    if cell.saga == ROWS:
        data: dict[str, object] = {"objects": inputs.files(cell.fan_out), "fan_out": cell.fan_out}
        return event_of("rows.received", data)
    name, media_type = inputs.invoice(number)
    return event_of("invoice.received", {"tenant_id": TENANT, "source": {"name": name}, "media_type": media_type})


@dataclass(frozen=True, slots=True)
class Driver:
    """Drives one stack by the addresses of its ingestor and of its management API."""

    ingestor: str
    api: str

    async def drive(self, cell: Cell, bursts: Sequence[list[dict[str, object]]], window: timedelta) -> list[Outcome]:
        """Send the bursts evenly over the window, and return once all have ended or patience has.

        Raises:
            StackError: the ingestor refuses an event.
        """
        since = datetime.now(UTC) - timedelta(seconds=1)
        sent: dict[str, datetime] = {}
        began = time.monotonic()
        pause = window.total_seconds() / len(bursts)
        for index, burst in enumerate(bursts):
            await asyncio.sleep(max(0.0, began + index * pause - time.monotonic()))
            at = datetime.now(UTC)
            answer = await post_events(self.ingestor, burst)
            if answer.status != 202:
                raise StackError(f"expected events to be taken; found {answer.reason}")
            sent |= {number_of(event): at for event in burst}
        return await self._ends(cell.saga, sent, since)

    async def _ends(self, saga: str, sent: Mapping[str, datetime], since: datetime) -> list[Outcome]:
        until = time.monotonic() + PATIENCE.total_seconds()
        while True:
            found = {each["id"].rpartition(":")[2]: each async for each in self._instances(saga, since)}
            mine = {number: found.get(number, {}) for number in sent}
            if all(each.get("ended_at") for each in mine.values()) or time.monotonic() > until:
                return [_outcome(mine[number], at) for number, at in sent.items()]
            await asyncio.sleep(BETWEEN_LOOKS.total_seconds())

    async def _instances(self, saga: str, since: datetime) -> AsyncIterator[dict[str, Any]]:
        after = quote(since.isoformat())
        path = f"/instances?limit=200&saga={saga}&created_after={after}"
        more: str | None = ""
        while more is not None:
            page = await get(self.api, path + more)
            for instance in page["instances"]:
                yield instance
            more = f"&continuation={quote(page['continuation'])}" if page["continuation"] else None


def _outcome(instance: Mapping[str, Any], sent_at: datetime) -> Outcome:
    if not instance.get("ended_at"):
        return Outcome("Running", (datetime.now(UTC) - sent_at).total_seconds())
    return Outcome(instance["status"], (datetime.fromisoformat(instance["ended_at"]) - sent_at).total_seconds())
