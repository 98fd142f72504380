"""What is done to the Cosmos DB endpoint: documents of 1 KB, over the unmodified SDK, one request at a time."""

from __future__ import annotations

import json
from itertools import count as counting
from pathlib import Path
from typing import Any

from azure.cosmos.aio import ContainerProxy

from benchmarks.endpoints.workloads import Workload

DATABASE, CONTAINER = "bench", "things"
_BATCH = 20
_PAD = "x" * 1000
_TOPOLOGY = {
    "Cosmos": {
        "Databases": [
            {
                "Name": DATABASE,
                "Containers": [{"Name": CONTAINER, "PartitionKey": {"paths": ["/pk"]}, "DefaultTtl": -1}],
            }
        ]
    }
}


def written_topology(folder: Path) -> Path:
    """The topology file of these workloads."""
    path = folder / "cosmos.json"
    path.write_text(json.dumps(_TOPOLOGY))
    return path


class CosmosWorld:
    """One container; ids never repeat."""

    def __init__(self, container: ContainerProxy) -> None:
        self.container = container
        self.ids = [f"fixed-{number}" for number in range(500)]
        self._numbers = counting()

    def document(self) -> dict[str, Any]:
        """A document that is not there yet."""
        number = next(self._numbers)
        return {"id": f"new-{number}", "pk": f"p{number % 50}", "number": number, "pad": _PAD}

    async def fill(self) -> None:
        """Store the documents that reads and replacements find, in one logical partition."""
        for name in self.ids:
            await self.container.upsert_item({"id": name, "pk": "fixed", "number": 0, "pad": _PAD})


async def create(world: CosmosWorld, count: int) -> None:
    """Create documents."""
    for _ in range(count):
        await world.container.create_item(world.document())


async def read(world: CosmosWorld, count: int) -> None:
    """Read by id."""
    for number in range(count):
        await world.container.read_item(world.ids[number % len(world.ids)], "fixed")


async def replace(world: CosmosWorld, count: int) -> None:
    """Replace by id."""
    for number in range(count):
        name = world.ids[number % len(world.ids)]
        await world.container.replace_item(name, {"id": name, "pk": "fixed", "number": number, "pad": _PAD})


async def patch(world: CosmosWorld, count: int) -> None:
    """Set one property by a patch."""
    for number in range(count):
        change = [{"op": "set", "path": "/number", "value": number}]
        await world.container.patch_item(world.ids[number % len(world.ids)], "fixed", change)


async def batches(world: CosmosWorld, count: int) -> None:
    """Create documents in transactional batches of twenty; an operation is a document."""
    for _ in range(count // _BATCH):
        operations: list[Any] = [("create", ({**world.document(), "pk": "batch"},)) for _ in range(_BATCH)]
        await world.container.execute_item_batch(operations, "batch")


async def query(world: CosmosWorld, count: int) -> None:
    """Ask one partition for the documents of one number."""
    for _ in range(count):
        found = world.container.query_items("SELECT TOP 5 * FROM c WHERE c.number >= 0", partition_key="fixed")
        assert [each async for each in found]


WORKLOADS: tuple[Workload[CosmosWorld], ...] = (
    Workload("create", 1_000, create),
    Workload("read", 1_500, read),
    Workload("replace", 1_000, replace),
    Workload("patch", 1_000, patch),
    Workload("batch of 20 creates, a document", 5_000, batches),
    Workload("query, 5 documents of a partition", 500, query),
)
