"""An event hub by the vendor's SDK, reached by identity; a local one by connection string."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

from azure.eventhub import EventData
from azure.eventhub.aio import CheckpointStore, EventHubConsumerClient, PartitionContext
from azure.eventhub.amqp import AmqpMessageBodyType
from azure.identity.aio import DefaultAzureCredential

from durable.objects import ObjectStore
from ingestor.sources.event_hub import HubEvent, Take
from ingestor.sources.hub_checkpoints import StoredCheckpoints
from ingestor.sources.options import EventHubOptions

EVENTS_AT_ONCE = 100
FROM_THE_BEGINNING = "-1"
Checkpoints = Callable[[], AbstractAsyncContextManager[CheckpointStore]]
_log = logging.getLogger("ingestor")


class AzureEventHub:
    """The port of an event hub."""

    def __init__(self, options: EventHubOptions, client_id: str, checkpoints: Checkpoints, **more: Any) -> None:
        self._options = options
        self._client_id = client_id
        self._checkpoints = checkpoints
        self._more = more

    async def read(self, take: Take) -> None:
        async def on_batch(partition: PartitionContext, events: list[EventData]) -> None:
            if events:
                await take(partition.partition_id, [_event_of(event) for event in events])
                await partition.update_checkpoint(events[-1])

        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(self._checkpoints())
            client = await stack.enter_async_context(self._client(stack, store))
            await client.receive_batch(
                on_event_batch=on_batch,
                on_error=_on_error,
                max_batch_size=EVENTS_AT_ONCE,
                starting_position=FROM_THE_BEGINNING,
            )

    def _client(self, stack: AsyncExitStack, store: CheckpointStore) -> EventHubConsumerClient:
        told = self._options
        more: dict[str, Any] = {
            "eventhub_name": told.name,
            "consumer_group": told.consumer_group,
            "checkpoint_store": store,
        }
        if told.connection_string:
            return EventHubConsumerClient.from_connection_string(told.connection_string, **more, **self._more)
        credential = DefaultAzureCredential(managed_identity_client_id=self._client_id or None)
        stack.push_async_callback(credential.close)
        return EventHubConsumerClient(told.namespace, credential=credential, **more, **self._more)


def checkpoints_for(object_store_url: str, objects: ObjectStore, client_id: str) -> Checkpoints:
    """Give where checkpoints and ownership of partitions lie: in the container of the object store, or a local folder.

    In a container the readers of a consumer group share the partitions; a folder is for one reader.
    """
    parts = urlsplit(object_store_url)

    @asynccontextmanager
    async def in_container() -> AsyncIterator[CheckpointStore]:
        from azure.eventhub.extensions.checkpointstoreblobaio import BlobCheckpointStore

        account = f"https://{parts.netloc}.blob.core.windows.net"
        async with (
            DefaultAzureCredential(managed_identity_client_id=client_id or None) as credential,
            BlobCheckpointStore(account, parts.path.strip("/"), credential=credential) as store,
        ):
            yield store

    @asynccontextmanager
    async def in_folder() -> AsyncIterator[CheckpointStore]:
        yield StoredCheckpoints(objects)

    return in_container if parts.scheme == "az" else in_folder


async def _on_error(partition: PartitionContext | None, error: Exception) -> None:
    where = f"partition {partition.partition_id} of the event hub" if partition else "the event hub"
    _log.warning("%s was not read: %s. Trying again", where, error)


def _event_of(event: EventData) -> HubEvent:
    return HubEvent(
        sequence=event.sequence_number or 0,
        enqueued_at=event.enqueued_time or datetime.fromtimestamp(0, UTC),
        body=_body_of(event),
        content_type=event.content_type or "",
        properties=_texts(event.properties or {}),
    )


def _body_of(event: EventData) -> bytes:
    """Give the data; nothing if a value or a sequence stands in its place, which is no event of ours."""
    if event.body_type is not AmqpMessageBodyType.DATA:
        return b""
    return b"".join(cast("Iterable[bytes]", event.body))


def _texts(properties: Mapping[Any, Any]) -> dict[str, str]:
    return {_text(name): _text(value) for name, value in properties.items()}


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
