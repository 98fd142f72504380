"""The commands that a host holds locked, and the one timer that keeps them so.

1. A command is held from its receipt until it is settled or given back; its lock is prolonged at each third of the
   lock time, however long its handler runs.
2. A lost lock stops nothing: the handler goes on, its completion is sent, only the settling is left out. Whoever gets
   the command next runs it with the same idempotency key, and the instance takes the first completion.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from durable.errors import BrokerUnavailable, LockLost
from durable.ports import Delivery, Receiver
from durable.worker.runs import Runs

_log = logging.getLogger(__name__)


class Held:
    """What is held of one receiver."""

    def __init__(self, receiver: Receiver, lock: timedelta, runs: Runs) -> None:
        self._receiver = receiver
        self._runs = runs
        self._period = lock.total_seconds() / 3
        self._due: dict[Delivery, float] = {}
        self._lost: set[Delivery] = set()
        self._now = asyncio.get_running_loop().time

    def __len__(self) -> int:
        return len(self._due) + len(self._lost)

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Hold what has just been received."""
        due = self._now() + self._period
        for delivery in deliveries:
            self._due[delivery] = due

    def release(self, delivery: Delivery) -> None:
        """Hold it no longer; one that is not held is no error."""
        self._due.pop(delivery, None)
        self._lost.discard(delivery)

    def is_lost(self, delivery: Delivery) -> bool:
        """Whether its lock is gone, so that it can't be settled."""
        return delivery in self._lost

    async def renew_locks(self) -> None:
        """Prolong locks as they come due, until cancelled."""
        while True:
            first = min(self._due.values(), default=self._now() + self._period)
            # What comes in while this sleeps is due a whole period later, so never before this wakes.
            await asyncio.sleep(max(first - self._now(), 0.0))
            due = [delivery for delivery, at in self._due.items() if at <= self._now()]
            await asyncio.gather(*map(self._renew, due))

    async def _renew(self, delivery: Delivery) -> None:
        try:
            await self._receiver.renew(delivery)
            self._runs.renewed(delivery)
            delay = self._period
        except BrokerUnavailable:
            delay = self._period / 4
        except LockLost:
            if self._due.pop(delivery, None) is not None:
                self._lost.add(delivery)
                self._runs.lost(delivery)
                _log.warning("the lock of a command is lost: it will run again", extra={"message_id": delivery.id})
            return
        if delivery in self._due:
            self._due[delivery] = self._now() + delay
