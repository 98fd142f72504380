"""Put a CloudEvent on topic `events` as any publisher may: past the ingestor, so that nobody looks at its data before.

The event comes as JSON from standard input, the settings of Service Bus from the environment.
"""

from __future__ import annotations

import asyncio
import os
import sys

from durable.adapters.servicebus import broker_from
from durable.cloudevent import CONTENT_TYPE, CloudEvent
from durable.ids import digest
from durable.messages import EVENTS, Message
from durable.settings import Environment, servicebus_settings


async def publish(text: bytes) -> None:
    """Publish one event."""
    event = CloudEvent.from_json(text)
    broker = broker_from(servicebus_settings(Environment(os.environ)))
    try:
        message = Message(event.to_json(), digest(event.source, event.id), content_type=CONTENT_TYPE)
        await broker.send(EVENTS, [message])
    finally:
        await broker.close()


if __name__ == "__main__":
    asyncio.run(publish(sys.stdin.buffer.read()))
