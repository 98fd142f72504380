"""Publishes events to topic `events`.

1. The message id follows from source and id of the event, so that the broker tells a repeat from news.
2. A send of unknown outcome is repeated until the patience ends; after that the caller is told to repeat, which is
   harmless by rule 1. What comes from a queue or a folder is repeated without end: it is safe where it lies.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

from durable.cloudevent import CONTENT_TYPE, CloudEvent
from durable.errors import BrokerUnavailable, DurableError, MessageTooLarge
from durable.http.problem import Problem, ProblemType, unavailable
from durable.ids import digest
from durable.messages import EVENTS, Message
from durable.ports import Broker
from durable.trace import RandomBits, trace_context
from ingestor.waiting_room import WaitingRoom

DELAY_FIRST_SECONDS = 0.1
DELAY_MAX_SECONDS = 2.0
_log = logging.getLogger("ingestor")


def message_of(event: CloudEvent, trace: Mapping[str, str]) -> Message:
    """Give the message that carries an event."""
    return Message(
        body=event.to_json(),
        id=digest(event.source, event.id),
        properties={**trace, "type": event.type},
        content_type=CONTENT_TYPE,
    )


def identity_of(event: CloudEvent) -> dict[str, str]:
    """Give what tells an event from any other, and its type."""
    return {"id": event.id, "source": event.source, "type": event.type}


def trace_carried_by(event: CloudEvent, baggage: str, random_bits: RandomBits) -> dict[str, str]:
    """Give the trace that an event carries in its extensions, or one begun here."""
    traceparent, tracestate = (str(event.extensions.get(name, "")) for name in ("traceparent", "tracestate"))
    return trace_context(traceparent, tracestate, baggage, random_bits)


class Publisher:
    """Sends to topic `events`, for everybody in this process."""

    def __init__(self, broker: Broker, room: WaitingRoom, patience: timedelta) -> None:
        self._broker = broker
        self._patience = patience
        self.room = room

    async def publish(self, messages: Sequence[Message]) -> None:
        """Send in one call; nothing for no messages.

        Raises:
            Problem: too much is waiting, or the broker takes none of them, or it did not confirm in time.
        """
        if not messages:
            return
        with self.room.places(messages):
            try:
                async with asyncio.timeout(self._patience.total_seconds()):
                    await self._send(messages)
            except MessageTooLarge as error:
                raise Problem(ProblemType.TOO_LARGE, str(error)) from error
            except TimeoutError as error:
                raise unavailable(
                    "the broker did not confirm: the events may or may not have been published. Send them again with "
                    "the same source and id"
                ) from error

    async def publish_however_long(self, messages: Sequence[Message]) -> None:
        """Send in one call, until the broker has confirmed; nothing for no messages.

        Raises:
            MessageTooLarge: one of them is; none was sent.
        """
        if not messages:
            return
        with self.room.places_regardless(messages):
            while True:
                try:
                    await self._send(messages)
                except MessageTooLarge:
                    raise
                except DurableError as error:
                    # A topic that is missing is made some day; nothing may be lost until then.
                    _log.error("the broker takes no events: %s. Trying again", error)
                    await asyncio.sleep(DELAY_MAX_SECONDS)
                else:
                    return

    async def _send(self, messages: Sequence[Message]) -> None:
        delay = DELAY_FIRST_SECONDS
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
