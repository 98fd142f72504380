from contextlib import suppress
from datetime import timedelta

import pytest
from azure.cosmos import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosResourceExistsError
from azure.servicebus import ServiceBusClient, ServiceBusMessage, ServiceBusReceiver

from emulators.testing import CosmosInThread, ServiceBusInThread, cosmos_faults, servicebus_faults


def book_orders(receiver: ServiceBusReceiver, orders: ContainerProxy) -> int:
    """What is tested: store each order that waits, and say how many; one that comes again is stored already."""
    messages = receiver.receive_messages(max_message_count=10, max_wait_time=1)
    for message in messages:
        with suppress(CosmosResourceExistsError):
            orders.create_item({"id": message.message_id, "customer": str(message)})
        receiver.complete_message(message)
    return len(messages)


@pytest.fixture
def orders(cosmos_endpoint: CosmosInThread) -> ContainerProxy:
    client = CosmosClient(cosmos_endpoint.url, cosmos_endpoint.key)
    return client.get_database_client("shop").get_container_client("orders")


def test_an_order_that_comes_twice_is_stored_once(
    servicebus_endpoint: ServiceBusInThread, cosmos_endpoint: CosmosInThread, orders: ContainerProxy
) -> None:
    servicebus_endpoint.faults.add(servicebus_faults.LoseSettle(entity="orders"))  # the first settling is lost
    cosmos_endpoint.faults.add(cosmos_faults.Throttle(request="create"))  # and the first write is throttled

    with (
        ServiceBusClient.from_connection_string(servicebus_endpoint.connection_string) as client,
        client.get_queue_sender("orders") as sender,
        client.get_queue_receiver("orders") as receiver,
    ):
        sender.send_messages(ServiceBusMessage("ada", message_id="order-1"))
        booked = book_orders(receiver, orders)
        servicebus_endpoint.advance(timedelta(minutes=2))  # the lock runs out, the message comes again
        booked += book_orders(receiver, orders)

    assert booked == 2
    assert [item["id"] for item in orders.read_all_items()] == ["order-1"]
    assert servicebus_endpoint.counts()["orders"].active == 0
