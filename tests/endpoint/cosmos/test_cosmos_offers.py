from datetime import timedelta
from typing import Any

import pytest
from azure.cosmos import PartitionKey, ThroughputProperties, exceptions
from azure.cosmos.aio import ContainerProxy, DatabaseProxy

from durable.adapters.memory import ManualClock


@pytest.fixture
async def slow(database: DatabaseProxy) -> ContainerProxy:
    return await database.create_container("slow", PartitionKey("/customer"), offer_throughput=400)


async def test_throughput_is_read_and_replaced(slow: ContainerProxy) -> None:
    before = await slow.get_throughput()
    replaced = await slow.replace_throughput(600)
    after = await slow.get_throughput()

    assert [found.offer_throughput for found in (before, replaced, after)] == [400, 600, 600]
    with pytest.raises(exceptions.CosmosHttpResponseError, match="valid throughput values"):
        await slow.replace_throughput(150)


async def test_autoscale_has_a_maximum(database: DatabaseProxy) -> None:
    most = ThroughputProperties(auto_scale_max_throughput=4000)
    scaled = await database.create_container("scaled", PartitionKey("/customer"), offer_throughput=most)

    assert (await scaled.get_throughput()).auto_scale_max_throughput == 4000
    await scaled.replace_throughput(ThroughputProperties(auto_scale_max_throughput=5000))
    assert (await scaled.get_throughput()).auto_scale_max_throughput == 5000


async def test_without_throughput_there_is_no_offer(orders: ContainerProxy) -> None:
    with pytest.raises(exceptions.CosmosHttpResponseError, match="offers is not supported"):
        await orders.get_throughput()


async def test_a_client_comes_back_after_the_time_that_it_is_told(slow: ContainerProxy, clock: ManualClock) -> None:
    clock.advance(timedelta(milliseconds=990))
    waits: list[str] = []

    def turn_the_clock(response: Any) -> None:
        if response.http_response.status_code == 429:
            waits.append(response.http_response.headers["x-ms-retry-after-ms"])
            clock.advance(timedelta(seconds=1))

    await slow.create_item({"id": "1", "customer": "ada", "pad": "x" * 900_000})
    found = await slow.read_item("1", "ada", raw_response_hook=turn_the_clock)

    assert found["id"] == "1"
    assert waits == ["10"]
