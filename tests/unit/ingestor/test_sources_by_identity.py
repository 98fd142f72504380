"""Nothing here is reached: what is built for Azure is looked at, not used."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from azure.eventhub.aio import CheckpointStore
from azure.eventhub.extensions.checkpointstoreblobaio import BlobCheckpointStore

from durable.adapters.memory import MemoryObjects
from ingestor.sources.azure_hub import AzureEventHub, checkpoints_for
from ingestor.sources.azure_queue import AzureStorageQueue
from ingestor.sources.hub_checkpoints import StoredCheckpoints
from ingestor.sources.options import EventHubOptions, StorageQueueOptions


@pytest.mark.parametrize(
    ("url", "kind"), [("az://shop/data", BlobCheckpointStore), ("file:///objects", StoredCheckpoints)]
)
async def test_checkpoints_lie_where_the_objects_do(url: str, kind: type[CheckpointStore]) -> None:
    async with checkpoints_for(url, MemoryObjects(), "")() as store:
        assert isinstance(store, kind)
        if isinstance(store, BlobCheckpointStore):
            assert store._container_client.url == "https://shop.blob.core.windows.net/data"


async def test_a_queue_at_azure_is_reached_by_identity() -> None:
    queue = AzureStorageQueue(StorageQueueOptions("https://shop.queue.core.windows.net/orders"), "client")

    assert queue._client.url == "https://shop.queue.core.windows.net/orders"
    assert queue._credential is not None
    await queue.close()


async def test_a_hub_at_azure_is_reached_by_identity() -> None:
    @asynccontextmanager
    async def none() -> AsyncIterator[CheckpointStore]:
        yield StoredCheckpoints(MemoryObjects())

    hub = AzureEventHub(EventHubOptions("orders", "n.servicebus.windows.net"), "client", none)

    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(hub._client(stack, StoredCheckpoints(MemoryObjects())))
        assert (client.eventhub_name, client._address.hostname) == ("orders", "n.servicebus.windows.net")
