"""How this process hears of cancels: the session of queue `control` whose name its heartbeats say.

1. The session is taken with the first heartbeat: before, nobody knows its name, and a worker of short activities never
   opens a link.
2. A cancel that is lost with its session is a wish that was not heard: the handler goes on and completes.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from random import Random

from durable.control import CONTROL, CancelActivity
from durable.errors import BrokerUnavailable, LockLost, SessionTaken, UndecodableMessage, UnknownDestination
from durable.messages import trace_of
from durable.ports import Broker, Clock, Delivery, SessionReceiver
from durable.worker.backoff import Backoff
from durable.worker.runs import Runs

UNDECODABLE = "Undecodable"
RECEIVE_MOST = 100
_SOONEST = timedelta(seconds=1)
_log = logging.getLogger(__name__)


class Cancels:
    """Takes the cancels of one process."""

    def __init__(self, broker: Broker, clock: Clock, random: Random) -> None:
        self._broker = broker
        self._clock = clock
        self._backoff = Backoff(random)

    async def receive(self, session: str, wanted: asyncio.Event, runs: Runs) -> None:
        """Take what comes once it is wanted, until cancelled. A session that is lost is taken again."""
        await wanted.wait()
        while True:
            try:
                await self._take(await self._broker.session(CONTROL, session), runs)
            except UnknownDestination as error:
                _log.error("no cancel can reach this worker: %s. Add queue %r to the topology", error, CONTROL)
                return
            except (LockLost, SessionTaken, BrokerUnavailable) as error:
                _log.warning("cancels can't be received, trying again: %s", error)
                await asyncio.sleep(self._backoff.delay())

    async def _take(self, receiver: SessionReceiver, runs: Runs) -> None:
        try:
            while True:
                locked = await receiver.renew_session() - self._clock.now()
                self._backoff.reset()
                deliveries = await receiver.receive(RECEIVE_MOST, max(locked / 3, _SOONEST))
                for delivery in deliveries:
                    await self._hear(receiver, delivery, runs)
        finally:
            await receiver.close()

    async def _hear(self, receiver: SessionReceiver, delivery: Delivery, runs: Runs) -> None:
        try:
            runs.cancel(CancelActivity.from_body(delivery.body, trace_of(delivery.properties)))
        except UndecodableMessage as error:
            _log.error("a cancel can't be read and is dead-lettered: %s", error, extra={"message_id": delivery.id})
            await receiver.dead_letter(delivery, UNDECODABLE, str(error))
        else:
            await receiver.complete([delivery])
