from datetime import UTC, datetime, timedelta

from azure.cosmos.aio import CosmosClient
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from emulators.cosmos import CosmosEndpoint
from emulators.testing import LoopClock, container, queue, run_in_virtual_time, servicebus_endpoint
from emulators.testing.cosmos_transport import AsyncInProcess
from emulators.testing.topology import topology_of


async def remind_in_an_hour() -> str:
    clock = LoopClock()
    account = CosmosEndpoint(topology_of([container("shop/reminders", "/id")]), clock=clock)
    async with (
        servicebus_endpoint(queue("reminders"), clock=clock, sockets=False) as bus,
        ServiceBusClient.from_connection_string(bus.connection_string) as client,
        client.get_queue_sender("reminders") as sender,
        client.get_queue_receiver("reminders") as receiver,
        CosmosClient("http://cosmos.in-process", account.key, transport=AsyncInProcess(account)) as cosmos,
    ):
        due = clock() + timedelta(hours=1)
        await sender.schedule_messages(ServiceBusMessage("call ada"), due)
        (message,) = await receiver.receive_messages(max_wait_time=7200)
        reminders = cosmos.get_database_client("shop").get_container_client("reminders")
        item = await reminders.create_item({"id": str(message)})
    await account.stop()
    assert abs(datetime.fromtimestamp(item["_ts"], UTC) - due) < timedelta(seconds=2)
    return str(item["id"])


def test_an_hour_passes_in_no_time() -> None:
    assert run_in_virtual_time(remind_in_an_hour()) == "call ada"
