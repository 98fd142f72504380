import asyncio
from datetime import timedelta
from typing import Any

import pytest
from azure.core.exceptions import ServiceResponseError
from azure.cosmos import exceptions
from azure.cosmos.aio import ContainerProxy, CosmosClient

from emulators.cosmos import CosmosEndpoint, faults

CREATE: list[Any] = [("create", ({"id": "1", "customer": "ada"},)), ("create", ({"id": "2", "customer": "ada"},))]


async def test_a_throttled_request_is_repeated_by_the_client(orders: ContainerProxy, endpoint: CosmosEndpoint) -> None:
    endpoint.faults.add(faults.Throttle(name="busy", count=2, retry_after=timedelta(milliseconds=1)))

    await orders.create_item({"id": "1", "customer": "ada"})

    statuses = endpoint.gateway.stats.as_json()["by_status"]
    assert isinstance(statuses, dict)
    assert statuses["429"] == 2
    assert endpoint.faults.hits("busy") == 2


async def test_a_fault_can_be_meant_for_one_kind_of_request(orders: ContainerProxy, endpoint: CosmosEndpoint) -> None:
    endpoint.faults.add(faults.Refuse(request="batch", status=449))

    await orders.create_item({"id": "1", "customer": "ada"})
    with pytest.raises(exceptions.CosmosHttpResponseError) as caught:
        await orders.execute_item_batch([("read", ("1",))], partition_key="ada")

    assert caught.value.status_code == 449


async def test_one_operation_of_a_batch_can_be_throttled(orders: ContainerProxy, endpoint: CosmosEndpoint) -> None:
    endpoint.faults.add(faults.FailOperation(operation=1))

    with pytest.raises(exceptions.CosmosBatchOperationError) as caught:
        await orders.execute_item_batch(CREATE, partition_key="ada")

    assert (caught.value.error_index, caught.value.status_code) == (1, 429)
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        await orders.read_item("1", "ada")


async def test_a_dropped_connection_makes_the_client_meet_its_own_conflict(
    orders: ContainerProxy, endpoint: CosmosEndpoint
) -> None:
    endpoint.faults.add(faults.DropConnection(request="batch"))

    with pytest.raises((exceptions.CosmosBatchOperationError, ServiceResponseError)):
        await orders.execute_item_batch(CREATE, partition_key="ada")

    assert (await orders.read_item("2", "ada"))["id"] == "2"


async def test_a_client_that_gave_up_waiting_asks_again_and_meets_its_own_write(
    orders: ContainerProxy, endpoint: CosmosEndpoint
) -> None:
    endpoint.faults.add(faults.LoseAnswer(request="create"))

    with pytest.raises(exceptions.CosmosResourceExistsError):
        await orders.create_item({"id": "1", "customer": "ada"}, read_timeout=0.05)

    assert (await orders.read_item("1", "ada"))["id"] == "1"


async def test_a_request_is_applied_long_after_its_client_gave_up(
    orders: ContainerProxy, endpoint: CosmosEndpoint
) -> None:
    endpoint.faults.add(faults.DelayRequest(request="upsert", delay=timedelta(milliseconds=300)))

    await orders.upsert_item({"id": "1", "customer": "ada", "version": 1}, read_timeout=0.05)
    await orders.upsert_item({"id": "1", "customer": "ada", "version": 2})
    await asyncio.sleep(0.4)

    assert (await orders.read_item("1", "ada"))["version"] == 1


async def test_one_client_reads_what_is_stale_and_the_writer_does_not(
    orders: ContainerProxy, endpoint: CosmosEndpoint
) -> None:
    endpoint.faults.add(faults.StaleRead(count=None))
    await orders.create_item({"id": "1", "customer": "ada"})

    async with CosmosClient(endpoint.url, endpoint.key) as other:
        elsewhere = other.get_database_client("shop").get_container_client("orders")
        with pytest.raises(exceptions.CosmosResourceNotFoundError):
            await elsewhere.read_item("1", "ada")

    assert (await orders.read_item("1", "ada"))["id"] == "1"
