"""Publishes events to topic `events`.

1. The message id follows from source and id of the event, so that the broker tells a repeat from news.
2. A send of unknown outcome is repeated until the patience ends; after that the caller is told to repeat, which is
   harmless by rule 1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from durable.cloudevent import CONTENT_TYPE, CloudEvent
from durable.errors import BrokerUnavailable, MessageTooLarge
from durable.http.problem import Problem, ProblemType, unavailable
from durable.ids import digest
from durable.messages import EVENTS, Message
from durable.ports import Broker

DELAY_FIRST_SECONDS = 0.1
DELAY_MAX_SECONDS = 2.0


def message_of(event: CloudEvent, trace: Mapping[str, str]) -> Message:
    """Give the message that carries an event."""
    return Message(
        body=event.to_json(),
        id=digest(event.source, event.id),
        properties={**trace, "type": event.type},
        content_type=CONTENT_TYPE,
    )


async def publish(broker: Broker, messages: Sequence[Message], patience: timedelta) -> None:
    """Send in one call; nothing for no messages.

    Raises:
        Problem: the broker takes none of them, or did not confirm in time.
    """
    if not messages:
        return
    try:
        async with asyncio.timeout(patience.total_seconds()):
            await _send(broker, messages)
    except MessageTooLarge as error:
        raise Problem(ProblemType.TOO_LARGE, str(error)) from error
    except TimeoutError as error:
        raise unavailable(
            "the broker did not confirm: the events may or may not have been published. Send them again with the same "
            "source and id"
        ) from error


async def _send(broker: Broker, messages: Sequence[Message]) -> None:
    delay = DELAY_FIRST_SECONDS
    while True:
        try:
            return await broker.send(EVENTS, messages)
        except BrokerUnavailable:
            await asyncio.sleep(delay)
            delay = min(2 * delay, DELAY_MAX_SECONDS)
