"""Checkpoints of an event hub in the object store, for one reader: partitions are shared with nobody."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import orjson
from azure.eventhub.aio import CheckpointStore

from durable.objects import ObjectStore

FOLDER = "event-hub-checkpoints"


class StoredCheckpoints(CheckpointStore):
    """One object for each partition; who owns it is known in memory only."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects
        self._owned: dict[str, dict[str, Any]] = {}

    async def list_ownership(self, *_: str, **__: Any) -> Iterable[dict[str, Any]]:
        """List the partitions that this reader owns."""
        return [dict(owned) for owned in self._owned.values()]

    async def claim_ownership(self, ownership_list: Iterable[dict[str, Any]], **_: Any) -> Iterable[dict[str, Any]]:
        """Own what is asked for."""
        claimed = [{**asked, "last_modified_time": time.time(), "etag": "1"} for asked in ownership_list]
        self._owned |= {str(one["partition_id"]): one for one in claimed}
        return [dict(one) for one in claimed]

    async def update_checkpoint(self, checkpoint: dict[str, Any], **_: Any) -> None:
        """Write how far a partition was read; durable on return."""
        folder = _folder(
            str(checkpoint["fully_qualified_namespace"]),
            str(checkpoint["eventhub_name"]),
            str(checkpoint["consumer_group"]),
        )
        await self._objects.put(f"{folder}/{checkpoint['partition_id']}.json", orjson.dumps(checkpoint))

    async def list_checkpoints(
        self, fully_qualified_namespace: str, eventhub_name: str, consumer_group: str, **_: Any
    ) -> Iterable[dict[str, Any]]:
        """Read how far each partition was read."""
        folder = _folder(fully_qualified_namespace, eventhub_name, consumer_group)
        names = [info.name async for info in self._objects.list(folder)]
        return [orjson.loads(await self._objects.get(name)) for name in names]


def _folder(namespace: str, hub: str, group: str) -> str:
    return f"{FOLDER}/{namespace}/{hub}/{group}"
