import asyncio
import json
import re
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import AzureError
from azure.cosmos import exceptions
from azure.cosmos.aio import ContainerProxy, CosmosClient

TOPOLOGY = {
    "Cosmos": {
        "Databases": [
            {
                "Name": "shop",
                "Containers": [{"Name": "orders", "PartitionKey": {"paths": ["/customer"]}, "DefaultTtl": -1}],
            }
        ]
    }
}


@pytest.fixture
def topology(tmp_path: Path) -> Path:
    path = tmp_path / "topology.json"
    path.write_text(json.dumps(TOPOLOGY))
    return path


async def launch(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "emulators.cosmos",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def endpoint(topology: Path, *more: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str, str]]:
    data = topology.parent / "data"
    process = await launch("--topology", str(topology), "--data", str(data), "--port", "0", *more)
    try:
        assert process.stdout is not None
        said = (await process.stdout.readline()).decode()
        url, key = re.fullmatch(r"AccountEndpoint=(.+)/;AccountKey=(.+);\n", said).groups()  # type: ignore[union-attr]
        yield process, url, key
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as response:
        return json.load(response)


async def test_it_says_when_it_is_ready_and_counts_what_it_does(topology: Path) -> None:
    async with endpoint(topology) as (process, url, key):
        async with CosmosClient(url, credential=key) as client:
            orders = client.get_database_client("shop").get_container_client("orders")
            await orders.create_item({"id": "1", "customer": "ada"})
        ready, stats = await asyncio.to_thread(lambda: (get(f"{url}/health/ready"), get(f"{url}/stats")))
        process.send_signal(signal.SIGTERM)
        await process.wait()

    assert ready == {"status": "ready"}
    assert stats["by_kind"]["create"] == 1
    assert stats["request_charge"] > 4
    assert process.returncode == 0


async def write_until_the_end(
    orders: ContainerProxy, worker: int, acknowledged: list[tuple[str, int]], enough: asyncio.Event
) -> None:
    for number in range(100_000):
        batch: list[Any] = [
            ("create", ({"id": f"{worker}-{number}-{part}", "customer": f"{worker}", "pad": "x" * 500},))
            for part in range(5)
        ]
        try:
            await orders.execute_item_batch(batch, partition_key=f"{worker}")
        except AzureError:
            return
        acknowledged.append((f"{worker}", number))
        if len(acknowledged) == 100:
            enough.set()


async def test_what_was_acknowledged_survives_sigkill_and_batches_stay_whole(topology: Path) -> None:
    acknowledged: list[tuple[str, int]] = []
    enough = asyncio.Event()
    async with (
        endpoint(topology) as (process, url, key),
        CosmosClient(url, credential=key, retry_connect=0, retry_total=0) as client,
    ):
        orders = client.get_database_client("shop").get_container_client("orders")
        writers = [asyncio.create_task(write_until_the_end(orders, n, acknowledged, enough)) for n in range(4)]
        await enough.wait()
        process.kill()
        await asyncio.gather(*writers)

    async with endpoint(topology) as (_process, url, key), CosmosClient(url, credential=key) as client:
        orders = client.get_database_client("shop").get_container_client("orders")
        found = {item["id"] async for item in orders.read_all_items(max_item_count=1000)}
        await orders.create_item({"id": "after", "customer": "ada"})

    assert {f"{worker}-{number}-{part}" for worker, number in acknowledged for part in range(5)} <= found
    assert len(found) % 5 == 0


async def test_a_busy_port_or_a_bad_topology_is_one_line_and_status_2(topology: Path) -> None:
    data = str(topology.parent / "data")
    broken = topology.parent / "broken.json"
    broken.write_text(json.dumps({"Cosmos": {"Databases": [{"Name": "shop", "Colour": "red"}]}}))
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        starts = [
            await launch("--topology", str(topology), "--data", data, "--port", port),
            await launch("--topology", str(topology.parent / "none.json"), "--data", data, "--port", "0"),
            await launch("--topology", str(broken), "--data", f"{data}2", "--port", "0"),
        ]
        errors = [(await process.communicate())[1].decode() for process in starts]

    assert [process.returncode for process in starts] == [2, 2, 2]
    assert [error.count("\n") for error in errors] == [1, 1, 1]
    assert port in errors[0]
    assert "none.json" in errors[1]
    assert "Cosmos.Databases[0].Colour" in errors[2]


async def test_two_processes_do_not_share_a_store(topology: Path) -> None:
    async with endpoint(topology):
        second = await launch("--topology", str(topology), "--data", str(topology.parent / "data"), "--port", "0")
        error = (await second.communicate())[1].decode()

    assert second.returncode == 2
    assert "another endpoint" in error


async def test_faults_can_be_set_over_http_only_where_that_is_asked_for(topology: Path) -> None:
    fault = json.dumps({"kind": "refuse", "status": 449, "request": "create"}).encode()

    def post(url: str) -> int:
        try:
            with urllib.request.urlopen(urllib.request.Request(f"{url}/faults", fault), timeout=5) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    async with endpoint(topology) as (_process, url, _key):
        closed = await asyncio.to_thread(post, url)
    async with endpoint(topology, "--control") as (_process, url, key), CosmosClient(url, credential=key) as client:
        opened = await asyncio.to_thread(post, url)
        orders = client.get_database_client("shop").get_container_client("orders")
        with pytest.raises(exceptions.CosmosHttpResponseError) as caught:
            await orders.create_item({"id": "1", "customer": "ada"})

    assert (closed, opened, caught.value.status_code) == (401, 201, 449)


async def test_faults_of_a_file_are_set_from_the_start(topology: Path) -> None:
    script = topology.parent / "faults.json"
    script.write_text(json.dumps([{"kind": "refuse", "status": 449, "request": "create"}]))

    async with (
        endpoint(topology, "--faults", str(script)) as (_process, url, key),
        CosmosClient(url, credential=key) as client,
    ):
        orders = client.get_database_client("shop").get_container_client("orders")
        with pytest.raises(exceptions.CosmosHttpResponseError) as caught:
            await orders.create_item({"id": "1", "customer": "ada"})
    script.write_text('{"kind": "refuse", "stauts": 449}')
    refused = await launch("--topology", str(topology), "--port", "0", "--faults", str(script))
    error = (await refused.communicate())[1].decode()

    assert caught.value.status_code == 449
    assert refused.returncode == 2
    assert "Unknown property 'stauts' of a fault of kind 'refuse': expected some of container, count" in error
