"""Clients of the Cosmos DB endpoint: each keeps to a logical partition of its own, which never holds much."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from azure.cosmos.aio import ContainerProxy

from benchmarks.soak.tally import Tally

DATABASE, CONTAINER = "soak", "things"
_ROUNDS = 1_000
_PAD = "x" * 800
_TOPOLOGY = {
    "Cosmos": {
        "Databases": [{"Name": DATABASE, "Containers": [{"Name": CONTAINER, "PartitionKey": {"paths": ["/pk"]}}]}]
    }
}

Client = Callable[[ContainerProxy, Tally], Awaitable[None]]


def written_topology(folder: Path) -> Path:
    """The topology file of these clients."""
    path = folder / "cosmos.json"
    path.write_text(json.dumps(_TOPOLOGY))
    return path


async def changes_items(container: ContainerProxy, tally: Tally) -> None:
    """Create, read, replace, patch and delete."""
    for number in tally.turns(_ROUNDS):
        name = f"item-{number % 200}"
        document: dict[str, Any] = {"id": name, "pk": "items", "number": number, "pad": _PAD}
        with tally.operation("create"):
            await container.upsert_item(document)
        with tally.operation("read"):
            read = await container.read_item(name, "items")
        tally.expect("read", holds=read["number"] == number, detail=f"{read['number']} after {number}")
        with tally.operation("replace"):
            await container.replace_item(name, {**document, "changed": True})
        with tally.operation("patch"):
            await container.patch_item(name, "items", [{"op": "incr", "path": "/number", "value": 1}])
        if number % 2:
            with tally.operation("delete"):
                await container.delete_item(name, "items")


async def writes_batches(container: ContainerProxy, tally: Tally) -> None:
    """Create twenty in one batch and delete them in the next."""
    for number in tally.turns(_ROUNDS):
        names = [f"{number % 50}-{at}" for at in range(20)]
        creates: list[Any] = [("upsert", ({"id": name, "pk": "batches", "pad": _PAD},)) for name in names]
        with tally.operation("batch", 20):
            await container.execute_item_batch(creates, "batches")
        if number % 3:
            deletes: list[Any] = [("delete", (name,)) for name in names]
            with tally.operation("batch", 20):
                await container.execute_item_batch(deletes, "batches")


async def asks(container: ContainerProxy, tally: Tally) -> None:
    """Query one partition, all partitions, and read the changes of one."""
    await container.upsert_item({"id": "asked", "pk": "asked", "number": 1})
    for number in tally.turns(_ROUNDS):
        with tally.operation("query"):
            found = [
                each
                async for each in container.query_items(
                    "SELECT TOP 20 c.id, c.number FROM c WHERE c.number >= 0 ORDER BY c.number", partition_key="items"
                )
            ]
        tally.expect("query", holds=len(found) <= 20, detail=f"{len(found)} for TOP 20")
        if number % 5 == 0:
            with tally.operation("query everywhere"):
                query = container.query_items("SELECT VALUE COUNT(1) FROM c WHERE c.pk = 'asked'")
                counted: list[Any] = [each async for each in query]
            tally.expect("count", holds=counted == [1], detail=f"{counted} for one")
            with tally.operation("change feed"):
                feed = container.query_items_change_feed(partition_key="asked", start_time="Beginning")
                changed = [each["id"] async for each in feed]
            tally.expect("change feed", holds=changed == ["asked"], detail=f"{changed} for one")


CLIENTS: tuple[Client, ...] = (changes_items, writes_batches, asks)
