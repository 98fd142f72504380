"""Where commands come from, while the broker is well and while it is not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass

from durable.errors import BrokerUnavailable, UnknownDestination
from durable.health import Health
from durable.ports import Broker, Receiver
from durable.worker.backoff import Backoff

RECEIVING = "receiving commands"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """The command queue of a worker, how it fares, and whether it is still wanted.

    Attributes:
        queue: its name.
        stop: set when no more commands are wanted.
        health: told whether the broker answers.
        backoff: how long to wait before it is asked again.
    """

    queue: str
    stop: asyncio.Event
    health: Health
    backoff: Backoff

    async def open(self, broker: Broker) -> Receiver | None:
        """Connect, however long it takes; nothing if `stop` comes first."""
        while not self.stop.is_set():
            try:
                return await broker.receiver(self.queue)
            except (BrokerUnavailable, UnknownDestination) as error:
                await self.failed(error)
        return None

    def answered(self) -> None:
        """The broker is well."""
        self.backoff.reset()
        self.health.ready(RECEIVING)

    async def failed(self, error: Exception) -> None:
        """The broker is not well: say so, and wait before it is asked again, or until `stop`."""
        self.health.not_ready(RECEIVING, str(error))
        _log.warning("no commands can be received, trying again: %s", error, extra={"queue": self.queue})
        await within(self.backoff.delay(), self.stop.wait())


async def within(seconds: float, awaited: Awaitable[object]) -> None:
    """Wait for something, but no longer than this."""
    try:
        async with asyncio.timeout(seconds):
            await awaited
    except TimeoutError:
        return
