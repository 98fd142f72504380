"""Names of what can be received from, as the SDK wants them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from azure.servicebus import ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver

from durable.ports import DEAD_LETTER


@dataclass(frozen=True, slots=True)
class Source:
    """A queue, a subscription or the dead-letter queue of either; with a session, that of a queue."""

    name: str
    session: str | None = None

    def receiver(self, client: ServiceBusClient, options: dict[str, Any]) -> ServiceBusReceiver:
        """Make the SDK's object for it; does not connect."""
        path = self.name.removesuffix(DEAD_LETTER)
        given = dict(options)
        if path != self.name:
            given["sub_queue"] = ServiceBusSubQueue.DEAD_LETTER
        if self.session is not None:
            given["session_id"] = self.session
        if "/" in path:
            topic, subscription = path.split("/", 1)
            return client.get_subscription_receiver(topic, subscription, **given)
        return client.get_queue_receiver(path, **given)

    def __str__(self) -> str:
        return self.name if self.session is None else f"session {self.session!r} of {self.name}"
