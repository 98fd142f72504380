import asyncio
import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from azure.core.exceptions import AzureError
from azure.cosmos.aio import ContainerProxy, CosmosClient

ROUNDS = int(os.environ.get("ROUNDS", "3"))
SEED = int(os.environ.get("SEED", "1"))
CONTAINER = {"Name": "c", "PartitionKey": {"paths": ["/pk"]}}
TOPOLOGY = {"Cosmos": {"Databases": [{"Name": "d", "Containers": [CONTAINER]}]}}
BATCH = 5


@dataclass
class Ledger:
    """The entity tag of what was acknowledged last, by id; None: deleted. `doubtful` had no answer."""

    tags: dict[str, str | None] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    batches: list[tuple[str, ...]] = field(default_factory=list)
    acknowledged: int = 0


@contextmanager
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    path = folder / "topology.json"
    path.write_text(json.dumps(TOPOLOGY))
    options = ("--topology", str(path), "--data", str(folder / "data"), "--port", "0")
    command = (sys.executable, "-m", "emulators.cosmos", *options)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class MortalWriter:
    """One of several that write until the endpoint dies; `enough` is set when it is time for that."""

    def __init__(self, container: ContainerProxy, ledger: Ledger, random: Random, names: "count[int]") -> None:
        self._container = container
        self._ledger = ledger
        self._random = random
        self._names = names
        self._key = f"p{next(names)}"

    async def write_until_killed(self, enough: asyncio.Event, limit: int) -> None:
        try:
            while True:
                await self._random.choice((self._create, self._create, self._change, self._batch))()
                self._ledger.acknowledged += 1
                if self._ledger.acknowledged >= limit:
                    enough.set()
        except AzureError:
            enough.set()

    def _new(self) -> dict[str, Any]:
        name = f"{self._key}-{next(self._names)}"
        self._ledger.doubtful.add(name)
        return {"id": name, "pk": self._key, "pad": "x" * 300}

    async def _create(self) -> None:
        self._note(await self._container.create_item(self._new()))

    async def _change(self) -> None:
        own = [name for name, tag in self._ledger.tags.items() if tag and name.startswith(f"{self._key}-")]
        if not own:
            return
        name = self._random.choice(own)
        self._ledger.doubtful.add(name)
        if self._random.random() < 0.3:
            await self._container.delete_item(name, self._key)
            self._note({"id": name, "_etag": None})
        else:
            self._note(await self._container.replace_item(name, {"id": name, "pk": self._key, "pad": "y"}))

    async def _batch(self) -> None:
        operations: list[Any] = [("create", (self._new(),)) for _ in range(BATCH)]
        self._ledger.batches.append(tuple(document["id"] for _, (document,) in operations))
        for result in await self._container.execute_item_batch(operations, self._key):
            self._note(result["resourceBody"])

    def _note(self, document: Any) -> None:
        self._ledger.tags[document["id"]] = document["_etag"]
        self._ledger.doubtful.discard(document["id"])


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.timeout(60 + 10 * ROUNDS)
async def test_what_was_acknowledged_outlives_every_kill_with_its_entity_tag(tmp_path: Path) -> None:
    random, ledger, names = Random(SEED), Ledger(), count()
    for _ in range(ROUNDS):
        with running(tmp_path) as (process, connection_string):
            async with CosmosClient.from_connection_string(connection_string, retry_connect=0, retry_total=0) as client:
                container = client.get_database_client("d").get_container_client("c")
                check(ledger, [item async for item in container.read_all_items(max_item_count=1000)])
                limit = ledger.acknowledged + random.randrange(40, 120)
                enough = asyncio.Event()
                writers = [MortalWriter(container, ledger, random, names) for _ in range(4)]
                tasks = [asyncio.create_task(writer.write_until_killed(enough, limit)) for writer in writers]
                await enough.wait()
                await asyncio.sleep(random.random() * 0.004)
                process.kill()
                await asyncio.gather(*tasks)
    with running(tmp_path) as (_, connection_string):
        async with CosmosClient.from_connection_string(connection_string) as client:
            container = client.get_database_client("d").get_container_client("c")
            check(ledger, [item async for item in container.read_all_items(max_item_count=1000)])
    gc.collect()
    assert ledger.acknowledged >= 40 * ROUNDS


def check(ledger: Ledger, items: list[Any]) -> None:
    """Compare what is there with what was acknowledged; what was doubtful is known from here on."""
    found = {item["id"]: item["_etag"] for item in items}
    assert len(found) == len(items)
    for name, tag in ledger.tags.items():
        assert name in ledger.doubtful or found.get(name) == tag, name
    assert found.keys() <= ledger.tags.keys() | ledger.doubtful
    for names in ledger.batches:
        if ledger.doubtful.issuperset(names):
            assert len(found.keys() & set(names)) in {0, BATCH}, f"half of a batch is there: {names}"
    ledger.tags |= {name: found.get(name) for name in ledger.doubtful}
    ledger.doubtful.clear()
    ledger.batches.clear()
