"""Links of the synchronous client, for cases that play in a thread."""

from contextlib import ExitStack
from typing import Any

from azure.servicebus import (
    ServiceBusClient,
    ServiceBusMessage,
    ServiceBusReceivedMessage,
    ServiceBusReceiver,
    ServiceBusSender,
)

from tests.conformance.servicebus.bus import Bus, trust


class Links:
    """A client with what it opened, closed together."""

    def __init__(self, bus: Bus) -> None:
        self._opened = ExitStack()
        self.wait = bus.wait
        self.briefly = bus.briefly
        self.later = bus.later
        self.client = self._opened.enter_context(
            ServiceBusClient.from_connection_string(bus.connection_string, retry_total=0, ssl_context=trust())
        )

    def __enter__(self) -> "Links":
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def sender(self, entity: str) -> ServiceBusSender:
        return self._opened.enter_context(self.client.get_queue_sender(entity))

    def receiver(self, entity: str, **options: Any) -> ServiceBusReceiver:
        return self._opened.enter_context(
            self.client.get_queue_receiver(entity, **{"max_wait_time": self.wait, **options})
        )

    def send(self, entity: str, *texts: str, **properties: Any) -> ServiceBusSender:
        """Send messages in one batch."""
        sender = self.sender(entity)
        sender.send_messages([ServiceBusMessage(text, **properties) for text in texts])
        return sender

    def receive(self, receiver: ServiceBusReceiver, count: int = 1) -> list[ServiceBusReceivedMessage]:
        """As many messages as that."""
        found: list[ServiceBusReceivedMessage] = []
        while len(found) < count:
            more = receiver.receive_messages(count - len(found), max_wait_time=self.wait)
            assert more, f"{count} messages were expected, {len(found)} came"
            found.extend(more)
        return found
