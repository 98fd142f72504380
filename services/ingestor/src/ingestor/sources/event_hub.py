"""Reads an event hub: each event of it is one of ours, or an array of them.

1. A checkpoint is written once all before it is durable elsewhere: published, or kept as a dead letter. What was read
   behind the last checkpoint is read again after a restart.
2. The events of a partition are published in their order; partitions know nothing of one another.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ingestor.dead_letters import Incoming
from ingestor.intake import Intake


@dataclass(frozen=True, slots=True)
class HubEvent:
    """One event of a partition; `sequence` is its number there."""

    sequence: int
    enqueued_at: datetime
    body: bytes
    content_type: str
    properties: Mapping[str, str]


Take = Callable[[str, Sequence[HubEvent]], Awaitable[None]]


class EventHub(Protocol):
    """An event hub, read in a consumer group whose readers share the partitions among them."""

    async def read(self, take: Take) -> None:
        """Hand over batches until cancelled: `take(partition, events)`, in order, one at a time for a partition.

        The checkpoint of a partition moves behind a batch when `take` has returned, and stays if it raised; then
        the partition is read from there again. A hub that can't be reached is tried again.
        """


class EventHubSource:
    """Takes the events of one hub."""

    def __init__(self, hub: EventHub, name: str, intake: Intake) -> None:
        self._hub = hub
        self._origin = f"event-hub {name}"
        self._intake = intake

    async def run(self) -> None:
        """Take events until cancelled."""
        await self._hub.read(self.take)

    async def take(self, partition: str, events: Sequence[HubEvent]) -> None:
        """Take a batch of one partition; returns once it is durable."""
        await self._intake.take([self._incoming(partition, event) for event in events])

    def _incoming(self, partition: str, event: HubEvent) -> Incoming:
        message = f"{partition}/{event.sequence}"
        return Incoming(self._origin, message, event.enqueued_at, event.body, event.content_type, event.properties)
