"""Opens the sources that settings name, and closes them. The vendor's SDKs are imported here, when one is used."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from durable.errors import SettingsInvalid
from ingestor.ingestion import Ingestion
from ingestor.sources.event_hub import EventHubSource
from ingestor.sources.options import EventHubOptions, StorageQueueOptions, WatchOptions
from ingestor.sources.running import kept_going
from ingestor.sources.storage_queue import StorageQueueSource
from ingestor.sources.watched_folder import WatchedFolder


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """Which sources there are; none of a kind is `None`."""

    storage_queue: StorageQueueOptions | None
    event_hub: EventHubOptions | None
    watch: WatchOptions | None
    object_store_url: str
    client_id: str = ""


@asynccontextmanager
async def running_sources(options: SourceOptions, ingestion: Ingestion) -> AsyncIterator[list[str]]:
    """Take from every source while the block runs; gives their names.

    Raises:
        SettingsInvalid: a source needs a package that is not installed.
    """
    async with AsyncExitStack() as stack:
        try:
            runs = _opened(options, ingestion, stack)
        except ImportError as error:
            fault = (
                f"STORAGE_QUEUE_URL, EVENT_HUB_NAME: expected the extra `azure` of this package; found no {error.name}"
            )
            raise SettingsInvalid([fault]) from error
        tasks = [asyncio.create_task(kept_going(name, run), name=name) for name, run in runs.items()]
        try:
            yield list(runs)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _opened(
    options: SourceOptions, ingestion: Ingestion, stack: AsyncExitStack
) -> dict[str, Callable[[], Awaitable[None]]]:
    runs: dict[str, Callable[[], Awaitable[None]]] = {}
    if (queue := options.storage_queue) is not None:
        runs["the storage queue"] = _queue_source(queue, options.client_id, ingestion, stack).run
    if (hub := options.event_hub) is not None:
        runs["the event hub"] = _hub_source(hub, options, ingestion).run
    if options.watch is not None:
        runs["the watched folder"] = WatchedFolder(options.watch, ingestion).run
    return runs


def _queue_source(
    queue: StorageQueueOptions, client_id: str, ingestion: Ingestion, stack: AsyncExitStack
) -> StorageQueueSource:
    from ingestor.sources.azure_queue import AzureStorageQueue

    opened = AzureStorageQueue(queue, client_id)
    stack.push_async_callback(opened.close)
    return StorageQueueSource(
        opened,
        queue.url.rpartition("/")[2],
        ingestion.intake,
        deliveries_max=queue.deliveries_max,
        visibility=queue.visibility,
    )


def _hub_source(hub: EventHubOptions, options: SourceOptions, ingestion: Ingestion) -> EventHubSource:
    from ingestor.sources.azure_hub import AzureEventHub, checkpoints_for

    checkpoints = checkpoints_for(options.object_store_url, ingestion.given.objects, options.client_id)
    return EventHubSource(AzureEventHub(hub, options.client_id, checkpoints), hub.name, ingestion.intake)
