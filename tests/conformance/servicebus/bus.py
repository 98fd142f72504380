"""The world of a Service Bus case: senders and receivers of the vendor's SDK, and time that passes when asked to."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from ssl import SSLContext, create_default_context
from typing import Any, Protocol, TypeVar

from azure.servicebus import ServiceBusMessage, ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver, ServiceBusSender
from azure.servicebus.aio.management import ServiceBusAdministrationClient

Sendable = str | ServiceBusMessage
Link = TypeVar("Link", ServiceBusSender, ServiceBusReceiver)

_RETRIES = 0


class Time(Protocol):
    """The time of the service."""

    def now(self) -> datetime:
        """The time, in UTC."""

    async def pass_time(self, seconds: float) -> None:
        """Let time pass at the service."""


@cache
def trust() -> SSLContext:
    """Shared by all connections: reading the authorities for each of them costs more than all else they do."""
    return create_default_context()


class Bus:
    """What a case can do. Links are opened when first used, and closed together at the end."""

    def __init__(
        self, connection_string: str, time: Time, admin: ServiceBusAdministrationClient, *, wait: float, briefly: float
    ) -> None:
        """`admin` is the management client of the namespace.

        `wait` is how long a message that must come may take, `briefly` how long one is looked for that must not.
        """
        self.connection_string = connection_string
        self.admin = admin
        self.admin_options: Mapping[str, Any] = {}
        self.wait = wait
        self.briefly = briefly
        self.client = ServiceBusClient.from_connection_string(
            connection_string, retry_total=_RETRIES, ssl_context=trust()
        )
        self._time = time
        self._shared: dict[object, Any] = {}
        self._opened: list[Any] = []

    def now(self) -> datetime:
        """The time of the service."""
        return self._time.now()

    def later(self, seconds: float) -> datetime:
        """A time of the service to come."""
        return self.now() + timedelta(seconds=seconds)

    async def pass_time(self, seconds: float) -> None:
        """Let time pass at the service; a case says how much with `waits`."""
        await self._time.pass_time(seconds)

    def new_sender(self, entity: str, **options: Any) -> ServiceBusSender:
        """A sender of its own."""
        return self._open(self.client.get_queue_sender(entity, **options))

    def new_receiver(self, entity: str, **options: Any) -> ServiceBusReceiver:
        """A receiver of its own; `topic/subscription` names a subscription."""
        options = {"max_wait_time": self.wait, **options}
        if "/" in entity:
            topic, subscription = entity.split("/")
            return self._open(self.client.get_subscription_receiver(topic, subscription, **options))
        return self._open(self.client.get_queue_receiver(entity, **options))

    async def sender(self, entity: str) -> ServiceBusSender:
        """The sender to an entity that this case shares."""
        return await self._share(("sender", entity), lambda: self.new_sender(entity))

    async def receiver(self, entity: str, **options: Any) -> ServiceBusReceiver:
        """The receiver of an entity with these options that this case shares."""
        key = ("receiver", entity, *sorted(options.items()))
        return await self._share(key, lambda: self.new_receiver(entity, **options))

    async def send(self, entity: str, *messages: Sendable) -> None:
        """Send messages in one batch."""
        sender = await self.sender(entity)
        await sender.send_messages([message_of(each) for each in messages])

    async def receive(self, entity: str, count: int = 1, **options: Any) -> list[ServiceBusReceivedMessage]:
        """As many messages as that, or fewer once none came for a while."""
        receiver = await self.receiver(entity, **options)
        return await receive(receiver, count, self.wait)

    async def receive_one(self, entity: str, **options: Any) -> ServiceBusReceivedMessage:
        """The next message."""
        messages = await self.receive(entity, **options)
        assert len(messages) == 1, f"a message in {entity} was expected, none came"
        return messages[0]

    async def is_silent(self, entity: str, **options: Any) -> bool:
        """Whether no message comes."""
        receiver = await self.receiver(entity, **options)
        return not await receiver.receive_messages(1, max_wait_time=self.briefly)

    async def peek(self, entity: str, count: int = 100, **options: Any) -> list[ServiceBusReceivedMessage]:
        """What is there, from the first message on."""
        receiver = await self.receiver(entity, **options)
        return await receiver.peek_messages(count, sequence_number=1)

    async def complete_all(self, entity: str, count: int, **options: Any) -> list[str]:
        """Receive and complete messages, and give their bodies."""
        receiver = await self.receiver(entity, **options)
        messages = await receive(receiver, count, self.wait)
        for message in messages:
            await receiver.complete_message(message)
        return bodies(messages)

    async def eventually(self, holds: Callable[[], Awaitable[bool]]) -> bool:
        """Whether something comes true soon: what the service does behind its clients' backs takes it a while."""
        deadline = asyncio.get_running_loop().time() + self.wait
        while not await holds():
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(self.briefly)
        return True

    async def close(self) -> None:
        """Close every link that was opened."""
        await asyncio.gather(*(each.close() for each in self._opened))
        await self.client.close()

    def _open(self, link: Link) -> Link:
        self._opened.append(link)
        return link

    async def _share(self, key: object, make: Callable[[], Link]) -> Link:
        if key not in self._shared:
            self._shared[key] = make()
            await self._shared[key].__aenter__()
        shared: Link = self._shared[key]
        return shared


async def receive(receiver: ServiceBusReceiver, count: int, wait: float) -> list[ServiceBusReceivedMessage]:
    """As many messages as that, or fewer once none came for a while."""
    messages: list[ServiceBusReceivedMessage] = []
    while len(messages) < count:
        more = await receiver.receive_messages(count - len(messages), max_wait_time=wait)
        if not more:
            break
        messages.extend(more)
    return messages


def message_of(message: Sendable) -> ServiceBusMessage:
    """A text as a message with that body."""
    return ServiceBusMessage(message) if isinstance(message, str) else message


def bodies(messages: Sequence[ServiceBusReceivedMessage]) -> list[str]:
    """The texts of messages."""
    return [str(message) for message in messages]
