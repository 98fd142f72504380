import asyncio

from azure.servicebus import ServiceBusClient, ServiceBusMessage

from emulators.servicebus.endpoint import ServiceBusEndpoint
from tests.support.service_bus import WAIT, namespace


def talk(connection_string: str) -> tuple[list[str], list[str], bytes]:
    with ServiceBusClient.from_connection_string(connection_string) as client:
        with client.get_queue_sender("plain") as sender:
            sender.send_messages([ServiceBusMessage("a"), ServiceBusMessage("b")])
        with client.get_queue_sender("grouped") as sender:
            sender.send_messages(ServiceBusMessage("c", session_id="s"))
        with client.get_queue_receiver("plain") as receiver:
            plain = receiver.receive_messages(2, max_wait_time=WAIT)
            for message in plain:
                receiver.complete_message(message)
        with client.get_queue_receiver("grouped", session_id="s") as receiver:
            grouped = receiver.receive_messages(1, max_wait_time=WAIT)
            receiver.session.set_state(b"state")
            receiver.session.renew_lock()
            receiver.complete_message(grouped[0])
            state = receiver.session.get_state()
    return [str(message) for message in plain], [str(message) for message in grouped], state


async def test_the_synchronous_sdk_sends_receives_and_settles() -> None:
    plan = namespace({"plain": {}, "grouped": {"RequiresSession": True}})

    async with ServiceBusEndpoint(plan) as endpoint:
        plain, grouped, state = await asyncio.to_thread(talk, endpoint.connection_string)
        counts = endpoint.counts()

    assert (plain, grouped, state) == (["a", "b"], ["c"], b"state")
    assert (counts["plain"].active, counts["grouped"].active) == (0, 0)
