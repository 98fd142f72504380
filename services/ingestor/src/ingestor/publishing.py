"""Publishes events to topic `events`.

1. The message id follows from source and id of the event, so that the broker tells a repeat from news.
2. A send of unknown outcome is repeated until the patience ends; after that the caller is told to repeat, which is
   harmless by rule 1. What comes from a queue or a folder is repeated without end: it is safe where it lies.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from durable.cloudevent import CloudEvent
from durable.errors import BrokerUnavailable, DurableError, MessageTooLarge
from durable.http.problem import Problem, ProblemType, unavailable
from durable.messages import EVENTS
from durable.ports import Broker
from ingestor.sends import Outgoing, Sends
from ingestor.waiting_room import WaitingRoom

DELAY_FIRST_SECONDS = 0.1
DELAY_MAX_SECONDS = 2.0
_log = logging.getLogger("ingestor")


def identity_of(event: CloudEvent) -> dict[str, str]:
    """Give what tells an event from any other, and its type."""
    return {"id": event.id, "source": event.source, "type": event.type}


class Publisher:
    """Sends to topic `events`, for everybody in this process."""

    def __init__(self, broker: Broker, room: WaitingRoom, patience: timedelta, sends: Sends) -> None:
        self._broker = broker
        self.sends = sends
        self._patience = patience
        self.room = room

    async def publish(self, outgoing: Sequence[Outgoing]) -> None:
        """Send in one call; nothing for no messages.

        Raises:
            Problem: too much is waiting, or the broker takes none of them, or it did not confirm in time.
        """
        if not outgoing:
            return
        start = self.sends.now()
        try:
            await self._publish(outgoing)
        except DurableError as error:
            self.sends.told(outgoing, start, str(error))
            raise
        self.sends.told(outgoing, start)

    async def publish_however_long(self, outgoing: Sequence[Outgoing]) -> None:
        """Send in one call, until the broker has confirmed; nothing for no messages.

        Raises:
            MessageTooLarge: one of them is; none was sent.
        """
        if not outgoing:
            return
        start = self.sends.now()
        with self.room.places_regardless([one.message for one in outgoing]):
            while True:
                try:
                    await self._send(outgoing)
                except MessageTooLarge:
                    raise
                except DurableError as error:
                    # A topic that is missing is made some day; nothing may be lost until then.
                    _log.error("the broker takes no events: %s. Trying again", error)
                    await asyncio.sleep(DELAY_MAX_SECONDS)
                else:
                    self.sends.told(outgoing, start)
                    return

    async def _publish(self, outgoing: Sequence[Outgoing]) -> None:
        with self.room.places([one.message for one in outgoing]):
            try:
                async with asyncio.timeout(self._patience.total_seconds()):
                    await self._send(outgoing)
            except MessageTooLarge as error:
                raise Problem(ProblemType.TOO_LARGE, str(error)) from error
            except TimeoutError as error:
                raise unavailable(
                    "the broker did not confirm: the events may or may not have been published. Send them again with "
                    "the same source and id"
                ) from error

    async def _send(self, outgoing: Sequence[Outgoing]) -> None:
        delay, messages = DELAY_FIRST_SECONDS, [one.message for one in outgoing]
        while True:
            try:
                await self._broker.send(EVENTS, messages)
            except BrokerUnavailable:
                self.room.broker_is_away = True
                await asyncio.sleep(delay)
                delay = min(2 * delay, DELAY_MAX_SECONDS)
            else:
                self.room.broker_is_away = False
                return
