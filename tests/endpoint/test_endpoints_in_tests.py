import asyncio
from datetime import timedelta
from typing import Any

import pytest
import uvloop
from azure.core.exceptions import ServiceResponseError
from azure.cosmos import CosmosClient, exceptions
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from emulators.cosmos import CosmosEndpoint
from emulators.testing import (
    LoopClock,
    container,
    cosmos_faults,
    cosmos_in_thread,
    queue,
    run_in_virtual_time,
    servicebus_endpoint,
    servicebus_faults,
    servicebus_in_thread,
)
from emulators.testing.cosmos_transport import AsyncInProcess, InProcess
from emulators.testing.topology import topology_of

URL = "http://cosmos.in-process"
ORDERS = topology_of([container("shop/orders", "/customer", default_ttl=-1, unique_keys=[["/number"]])])
ITEM = {"id": "1", "customer": "ada"}


def orders_of(client: Any) -> Any:
    return client.get_database_client("shop").get_container_client("orders")


async def send_one(connection_string: str, body: str) -> None:
    async with (
        ServiceBusClient.from_connection_string(connection_string, retry_total=0) as client,
        client.get_queue_sender("orders") as sender,
    ):
        await sender.send_messages(ServiceBusMessage(body))


async def test_an_endpoint_without_sockets_is_reached_in_its_loop_which_is_then_as_it_was() -> None:
    loop = asyncio.get_running_loop()

    async with servicebus_endpoint(queue("orders"), sockets=False) as endpoint:
        await send_one(endpoint.connection_string, "x" * 200_000)
        counts = endpoint.counts()

    assert counts["orders"].active == 1
    assert "create_connection" not in vars(loop)


async def reach_two() -> list[int]:
    async with (
        servicebus_endpoint(queue("orders"), sockets=False) as one,
        servicebus_endpoint(queue("orders")) as two,
    ):
        await send_one(one.connection_string, "x")
        await send_one(two.connection_string, "x")
        return [each.counts()["orders"].active for each in (one, two)]


def test_it_works_in_a_loop_of_uvloop_beside_one_with_sockets() -> None:
    assert uvloop.run(reach_two()) == [1, 1]


async def one_hour() -> tuple[float, int]:
    loop = asyncio.get_running_loop()
    started = loop.time()
    async with servicebus_endpoint(queue("orders"), clock=LoopClock(), sockets=False) as endpoint:
        endpoint.faults.add(servicebus_faults.DelayDelivery(delay=timedelta(seconds=50)))
        async with ServiceBusClient.from_connection_string(endpoint.connection_string) as client:
            async with client.get_queue_sender("orders") as sender:
                await sender.send_messages(ServiceBusMessage("x"))
            async with client.get_queue_receiver("orders") as receiver:
                nothing = await receiver.receive_messages(max_wait_time=45)
                found = await receiver.receive_messages(max_wait_time=45)
                await asyncio.sleep(1800)
                return loop.time() - started, 10 * len(nothing) + len(found)


def test_faults_and_waits_of_the_sdk_go_by_virtual_time() -> None:
    spent, counted = run_in_virtual_time(one_hour())

    assert counted == 1
    assert 1850 < spent < 1860


async def test_an_asyncio_client_of_cosmos_needs_no_socket() -> None:
    endpoint = CosmosEndpoint(ORDERS)
    async with AsyncCosmosClient(URL, endpoint.key, transport=AsyncInProcess(endpoint)) as client:
        orders = orders_of(client)
        await orders.create_item(ITEM)
        endpoint.faults.add(cosmos_faults.DropConnection(request="upsert"))
        endpoint.faults.add(cosmos_faults.LoseAnswer(request="patch"))
        with pytest.raises(ServiceResponseError):
            await orders.upsert_item({**ITEM, "total": 7})
        patch = [{"op": "incr", "path": "/total", "value": 1}]
        with pytest.raises(ServiceResponseError):
            await orders.patch_item("1", "ada", patch_operations=patch, read_timeout=0.01)

        assert [item["total"] async for item in orders.query_items("SELECT * FROM c")] == [8]
    await endpoint.stop()


def test_a_synchronous_client_of_cosmos_needs_neither_socket_nor_loop() -> None:
    endpoint = CosmosEndpoint(ORDERS)
    with CosmosClient(URL, endpoint.key, transport=InProcess(endpoint)) as client:
        orders = orders_of(client)
        orders.create_item(ITEM)
        endpoint.faults.add(cosmos_faults.Throttle(count=2))
        endpoint.faults.add(cosmos_faults.LoseAnswer(request="delete"))
        with pytest.raises(ServiceResponseError):
            orders.delete_item("1", "ada")
        with pytest.raises(exceptions.CosmosResourceNotFoundError):
            orders.read_item("1", "ada")

    assert [each.hits for each in endpoint.faults.listing()] == [2, 1]


def test_the_clock_and_the_faults_of_an_endpoint_in_a_thread_are_set_from_outside() -> None:
    with (
        cosmos_in_thread(container("shop/orders", "/customer", default_ttl=60)) as cosmos,
        servicebus_in_thread(queue("orders"), faults=[servicebus_faults.Throttle()]) as bus,
    ):
        orders = orders_of(CosmosClient(cosmos.url, cosmos.key))
        with (
            cosmos.faults.during(cosmos_faults.Refuse(status=403, count=None)),
            pytest.raises(exceptions.CosmosHttpResponseError, match="Forbidden"),
        ):
            orders.create_item(ITEM)
        orders.create_item(ITEM)
        cosmos.advance(timedelta(seconds=61))

        assert list(orders.read_all_items()) == []
        assert cosmos.faults.listing() == []
        assert [each.name for each in bus.faults.listing()] == ["throttle-1"]
        assert bus.counts()["orders"].active == 0
        bus.faults.clear()


def test_a_container_is_named_with_its_database() -> None:
    with pytest.raises(ValueError, match="'database/name', found 'orders'"):
        container("orders", "/customer")
