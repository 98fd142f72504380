"""Puts an event into a storage queue, as Event Grid and Azure Functions do: JSON in base64."""

import json

from azure.core.credentials_async import AsyncTokenCredential
from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient


async def send_to_queue(
    queue_url: str, credential: AsyncTokenCredential | dict[str, str], event: dict[str, object]
) -> None:
    policy = TextBase64EncodePolicy()
    async with QueueClient.from_queue_url(queue_url, credential=credential, message_encode_policy=policy) as queue:
        await queue.send_message(json.dumps(event))
