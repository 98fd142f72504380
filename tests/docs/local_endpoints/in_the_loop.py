from datetime import timedelta

from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from emulators.testing import ManualClock, queue, servicebus_endpoint, servicebus_faults


async def test_a_message_whose_lock_expires_is_delivered_again() -> None:
    clock = ManualClock()
    async with (
        servicebus_endpoint(queue("orders", lock_duration=timedelta(seconds=30)), clock=clock) as endpoint,
        ServiceBusClient.from_connection_string(endpoint.connection_string) as client,
        client.get_queue_sender("orders") as sender,
        client.get_queue_receiver("orders") as receiver,
    ):
        with endpoint.faults.during(servicebus_faults.Throttle(at="transfer")) as (throttle,):
            await sender.send_messages(ServiceBusMessage("1"))  # refused once, and sent again by the SDK
            assert endpoint.faults.hits(throttle.name) == 1

        await receiver.receive_messages(max_wait_time=5)
        clock.advance(timedelta(seconds=31))
        (again,) = await receiver.receive_messages(max_wait_time=5)

        assert again.delivery_count == 1
