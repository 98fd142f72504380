from datetime import timedelta
from typing import Any

import pytest
from azure.core.exceptions import ServiceResponseError
from azure.cosmos import exceptions
from azure.cosmos.aio import ContainerProxy

from emulators.cosmos import CosmosEndpoint, Fault, FaultKind

CREATE: list[Any] = [("create", ({"id": "1", "customer": "ada"},)), ("create", ({"id": "2", "customer": "ada"},))]


async def test_a_throttled_request_is_repeated_by_the_client(orders: ContainerProxy, endpoint: CosmosEndpoint) -> None:
    endpoint.control.inject(Fault(FaultKind.STATUS, count=2, status=429, retry_after=timedelta(milliseconds=1)))

    await orders.create_item({"id": "1", "customer": "ada"})

    statuses = endpoint.gateway.stats.as_json()["by_status"]
    assert isinstance(statuses, dict)
    assert statuses["429"] == 2
    assert endpoint.control.pending == 0


async def test_a_fault_can_be_meant_for_one_kind_of_request(orders: ContainerProxy, endpoint: CosmosEndpoint) -> None:
    endpoint.control.inject(Fault(FaultKind.STATUS, on="batch", status=449))

    await orders.create_item({"id": "1", "customer": "ada"})
    with pytest.raises(exceptions.CosmosHttpResponseError) as caught:
        await orders.execute_item_batch([("read", ("1",))], partition_key="ada")

    assert caught.value.status_code == 449


async def test_one_operation_of_a_batch_can_be_throttled(orders: ContainerProxy, endpoint: CosmosEndpoint) -> None:
    endpoint.control.inject(Fault(FaultKind.BATCH_STATUS, status=429, operation=1))

    with pytest.raises(exceptions.CosmosBatchOperationError) as caught:
        await orders.execute_item_batch(CREATE, partition_key="ada")

    assert (caught.value.error_index, caught.value.status_code) == (1, 429)
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        await orders.read_item("1", "ada")


async def test_a_lost_answer_makes_the_client_meet_its_own_conflict(
    orders: ContainerProxy, endpoint: CosmosEndpoint
) -> None:
    endpoint.control.inject(Fault(FaultKind.LOSE_ANSWER, on="batch"))

    with pytest.raises((exceptions.CosmosBatchOperationError, ServiceResponseError)):
        await orders.execute_item_batch(CREATE, partition_key="ada")

    assert (await orders.read_item("2", "ada"))["id"] == "2"


async def test_a_delayed_request_is_applied_although_its_client_gave_up(
    orders: ContainerProxy, endpoint: CosmosEndpoint
) -> None:
    endpoint.control.inject(Fault(FaultKind.DELAY, on="create", delay=timedelta(milliseconds=30)))

    await orders.create_item({"id": "1", "customer": "ada"})

    assert (await orders.read_item("1", "ada"))["id"] == "1"
