"""Where attacks happen: both endpoints in this process, and a client of the vendor's SDK that they must not harm."""

import asyncio
import json
import logging
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver, ServiceBusSender

from emulators.cosmos import CosmosEndpoint
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.endpoint import ServiceBusEndpoint
from emulators.servicebus.wire.hub import Hub, Peer
from tests.support.cosmos_requests import CONTAINER, send, shop
from tests.support.service_bus import namespace

PLAN = namespace(
    {"q": {}, "s": {"RequiresSession": True}, "d": {"RequiresDuplicateDetection": True}, "bystander": {}}, {"t": ["a"]}
)
WAIT = 20.0


class Harmed(AssertionError):
    """An attack did what it must not do."""


@dataclass
class Bystander:
    """A client that sends and receives all the while: each message comes, once and in order."""

    sender: ServiceBusSender
    receiver: ServiceBusReceiver
    numbers: Any = field(default_factory=count)

    async def exchange(self, several: int = 3) -> None:
        """Send some messages and get them back."""
        sent = [f"message {next(self.numbers)}" for _ in range(several)]
        await self.sender.send_messages([ServiceBusMessage(text) for text in sent], timeout=WAIT)
        received: list[str] = []
        while len(received) < several:
            batch = await self.receiver.receive_messages(several, max_wait_time=WAIT)
            if not batch:
                raise Harmed(f"The bystander sent {sent} and got {received}.")
            for message in batch:
                received.append(str(message))
                await self.receiver.complete_message(message)
        if received != sent:
            raise Harmed(f"The bystander sent {sent} and got {received}.")


@dataclass
class Stage:
    """Everything that is attacked, and what went wrong on the way."""

    bus: ServiceBusEndpoint
    cosmos: CosmosEndpoint
    bystander: Bystander
    noise: "Noise"

    @property
    def hub(self) -> Hub:
        """The connections and the broker of the Service Bus endpoint."""
        return self.bus.hub

    async def check(self) -> None:
        """Raise `Harmed` unless others are served as if nothing had happened."""
        await self.bystander.exchange()
        name = f"check-{time.monotonic_ns()}"
        statuses = [
            send(self.cosmos, "POST", f"{CONTAINER}/docs", {"id": name, "customer": "bob"}, **_KEY).status,
            send(self.cosmos, "GET", f"{CONTAINER}/docs/{name}", **_KEY).status,
            send(self.cosmos, "DELETE", f"{CONTAINER}/docs/{name}", **_KEY).status,
        ]
        if statuses != [201, 200, 204]:
            raise Harmed(f"A document was created, read and deleted with {statuses}.")
        self.noise.check()

    def tidy(self) -> None:
        """Remove the messages that attackers sent: what grows then grows for no good reason."""
        for name in _ATTACKED:
            queue = self.hub.broker.find(name)
            if isinstance(queue, Queue):
                for message in list(queue.messages.values()):
                    queue.remove(message)
            entity = queue.intake
            entity.cancel(list(entity.scheduled))
        self.hub.turn()


_ATTACKED = ["q", "q/$deadletterqueue", "s", "s/$deadletterqueue", "d", "t", "t/Subscriptions/a"]
_KEY = {"x_ms_documentdb_partitionkey": json.dumps(["bob"])}


class Noise(logging.Handler):
    """What the endpoints log, and what their loop complains of: hostile clients are no reason for either."""

    LINES_MAX = 50

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(("emulators", "asyncio", "uvicorn")):
            self.lines.append(self.format(record))

    def complain(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Take note of what an event loop would log."""
        self.lines.append(f"{context.get('message')}: {context.get('exception')!r}")

    def check(self) -> None:
        """Raise `Harmed` if there was an error, or a flood."""
        errors = [line for line in self.lines if "Error" in line or "Traceback" in line or "exception" in line]
        if errors or len(self.lines) > self.LINES_MAX:
            raise Harmed(f"{len(self.lines)} lines were logged, such as: {(errors or self.lines)[0]}")
        self.lines.clear()


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    """Set everything up."""
    noise = Noise()
    logging.getLogger().addHandler(noise)
    asyncio.get_running_loop().set_exception_handler(noise.complain)
    async with AsyncExitStack() as stack:
        stack.callback(logging.getLogger().removeHandler, noise)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fuzz-")))
        bus = await stack.enter_async_context(ServiceBusEndpoint(PLAN, folder))
        cosmos = await stack.enter_async_context(shop())
        client = ServiceBusClient.from_connection_string(bus.connection_string, retry_total=0)
        await stack.enter_async_context(client)
        sender = await stack.enter_async_context(client.get_queue_sender("bystander"))
        receiver = await stack.enter_async_context(client.get_queue_receiver("bystander"))
        stage = Stage(bus, cosmos, Bystander(sender, receiver), noise)
        await stage.check()
        yield stage


async def recorded(stage: Stage) -> list[bytes]:
    """What an SDK's clients say on their connections: sending, batches, receiving, sessions, management."""
    said: dict[Peer, list[bytes]] = {}
    hub = stage.hub
    welcome = hub.welcome

    def listen(peer: Peer) -> None:
        chunks = said[peer] = []
        plain = peer.data_received  # type: ignore[attr-defined]  # A connection.

        def hear(data: bytes) -> None:
            chunks.append(bytes(data))
            plain(data)

        peer.data_received = hear  # type: ignore[attr-defined]  # As above.
        welcome(peer)

    hub.welcome = listen
    try:
        await _play(stage.bus.connection_string)
    finally:
        hub.welcome = welcome
    return [b"".join(chunks) for chunks in said.values()]


async def _play(connection_string: str) -> None:
    async with ServiceBusClient.from_connection_string(connection_string, retry_total=0) as client:
        async with client.get_queue_sender("q") as sender:
            await sender.send_messages(ServiceBusMessage("one", application_properties={"a": 1}, subject="s"))
            await sender.send_messages([ServiceBusMessage(f"n{at}") for at in range(5)])
            await sender.send_messages(ServiceBusMessage("x" * 100_000))
        async with client.get_queue_receiver("q") as receiver:
            await receiver.peek_messages(3)
            for settle in (receiver.complete_message, receiver.abandon_message, receiver.dead_letter_message):
                (message,) = await receiver.receive_messages(1, max_wait_time=WAIT)
                await settle(message)
        async with client.get_queue_sender("s") as sender:
            await sender.send_messages(ServiceBusMessage("one", session_id="s1"))
        async with client.get_queue_receiver("s", session_id="s1") as session:
            await session.session.set_state(b"state")
            await session.complete_message((await session.receive_messages(1, max_wait_time=WAIT))[0])
