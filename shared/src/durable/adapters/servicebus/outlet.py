"""A connection that sends, by the public surface of the SDK."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from azure.servicebus import ServiceBusMessageBatch
from azure.servicebus.aio import ServiceBusClient, ServiceBusSender
from azure.servicebus.exceptions import MessageSizeExceededError

from durable.adapters.servicebus.channel import ANSWER_SECONDS
from durable.adapters.servicebus.convert import to_sdk
from durable.adapters.servicebus.failures import translated
from durable.adapters.servicebus.writer import Transfer
from durable.errors import BrokerUnavailable, DurableError, MessageTooLarge
from durable.messages import Message


class PublicTransfer:
    """A batch of the SDK, of a sender that is open and so knows how large it may be."""

    def __init__(self, batch: ServiceBusMessageBatch) -> None:
        self.batch = batch

    def add(self, message: Message) -> bool:
        try:
            self.batch.add_message(to_sdk(message))
        except MessageSizeExceededError as error:
            if len(self.batch) > 0:
                return False
            raise MessageTooLarge(
                f"expected at most {self.batch.max_size_in_bytes} bytes; message {message.id!r} has a body of "
                f"{len(message.body)}"
            ) from error
        return True

    def __len__(self) -> int:
        return len(self.batch)


class PublicOutlet:
    """A sender of the SDK."""

    def __init__(self, client: ServiceBusClient, destination: str) -> None:
        self._client = client
        self._destination = destination
        self._sender: ServiceBusSender | None = None
        self._bytes_max = 0

    async def open(self) -> None:
        if self._sender is not None:
            return
        sender = self._client.get_queue_sender(self._destination)
        try:
            with translated(f"opening {self._destination!r}"):
                async with asyncio.timeout(ANSWER_SECONDS):
                    batch = await sender.create_message_batch()
        except BaseException:
            await _close(sender)
            raise
        self._bytes_max = batch.max_size_in_bytes
        self._sender = sender

    def transfer(self) -> PublicTransfer:
        return PublicTransfer(ServiceBusMessageBatch(self._bytes_max))

    async def send(self, transfer: Transfer) -> None:
        assert isinstance(transfer, PublicTransfer), "a transfer goes back to the outlet that it came from"
        if self._sender is None:
            raise BrokerUnavailable(f"{self._destination!r} is not connected")
        with translated(f"sending {len(transfer)} messages to {self._destination!r}"):
            await self._sender.send_messages(transfer.batch, timeout=ANSWER_SECONDS)

    async def close(self) -> None:
        sender, self._sender = self._sender, None
        if sender is not None:
            await _close(sender)


async def _close(sender: ServiceBusSender) -> None:
    with suppress(DurableError), translated("closing a sender"):
        async with asyncio.timeout(ANSWER_SECONDS):
            await sender.close()
