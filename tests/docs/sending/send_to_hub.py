"""Sends events to an event hub: those of one source with one partition key, so that they stay in order."""

import json
from collections.abc import Sequence

from azure.eventhub import EventData
from azure.eventhub.aio import EventHubProducerClient


async def send_to_hub(producer: EventHubProducerClient, source: str, events: Sequence[dict[str, object]]) -> None:
    batch = await producer.create_batch(partition_key=source)
    for event in events:
        data = EventData(json.dumps(event))
        data.content_type = "application/cloudevents+json"
        batch.add(data)
    await producer.send_batch(batch)
