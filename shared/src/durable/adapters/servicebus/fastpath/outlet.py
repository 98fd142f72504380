"""A connection that sends, over a wire; messages are encoded once, by ourselves."""

from __future__ import annotations

from azure.servicebus.aio import ServiceBusClient

from durable.adapters.servicebus.channel import ANSWER_SECONDS
from durable.adapters.servicebus.encode import encode_message
from durable.adapters.servicebus.fastpath.wire import Wire
from durable.adapters.servicebus.writer import Transfer
from durable.errors import BrokerUnavailable, MessageTooLarge
from durable.messages import Message

SOCKET_SECONDS = 0.05
# What a message adds to a transfer besides itself: the head of a data section.
SECTION_BYTES = 8
# What the broker adds of its own, which counts towards its limit.
MARGIN_BYTES = 1_024
# The SDK counts its outgoing window down and never up; a new connection begins anew long before it is used up.
TRANSFERS_MAX = 50_000


class FastTransfer:
    """Encoded messages up to a size."""

    def __init__(self, bytes_max: int) -> None:
        self.encoded: list[bytes] = []
        self._room = bytes_max - MARGIN_BYTES

    def add(self, message: Message) -> bool:
        encoded = encode_message(message)
        size = len(encoded) + SECTION_BYTES
        if size > self._room:
            if self.encoded:
                return False
            raise MessageTooLarge(f"expected at most {self._room} bytes; message {message.id!r} has {size}")
        self._room -= size
        self.encoded.append(encoded)
        return True

    def __len__(self) -> int:
        return len(self.encoded)


class FastOutlet:
    """A wire to one destination."""

    def __init__(self, client: ServiceBusClient, destination: str) -> None:
        self._client = client
        self._destination = destination
        self._wire: Wire | None = None
        self._bytes_max = 0
        self._sent = 0

    async def open(self) -> None:
        if self._wire is not None and self._wire.failure is None and self._sent < TRANSFERS_MAX:
            return
        await self.close()
        sdk = self._client.get_queue_sender(self._destination, socket_timeout=SOCKET_SECONDS)
        self._wire = await Wire(sdk, _nobody_waits).open(None, ANSWER_SECONDS)
        self._bytes_max = self._wire.transfer_bytes_max

    def transfer(self) -> FastTransfer:
        return FastTransfer(self._bytes_max)

    async def send(self, transfer: Transfer) -> None:
        assert isinstance(transfer, FastTransfer), "a transfer goes back to the outlet that it came from"
        if self._wire is None:
            raise BrokerUnavailable(f"{self._destination!r} is not connected")
        self._sent += 1
        await self._wire.transfer(transfer.encoded)

    async def close(self) -> None:
        wire, self._wire, self._sent = self._wire, None, 0
        if wire is not None:
            await wire.close()


def _nobody_waits() -> None:
    """Take the news that a wire broke; the next send finds it out."""
