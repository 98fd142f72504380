"""The broker port: one client per process, one writer per destination, a channel for each receiver."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Sequence
from functools import partial
from weakref import WeakSet

from azure.identity.aio import DefaultAzureCredential
from azure.servicebus.aio import ServiceBusClient

from durable.adapters.servicebus.channel import Channel
from durable.adapters.servicebus.failures import translated
from durable.adapters.servicebus.fastpath import supported
from durable.adapters.servicebus.outlet import PublicOutlet
from durable.adapters.servicebus.publicpath import open_public
from durable.adapters.servicebus.receivers import ServiceBusReceiver, ServiceBusSessionReceiver
from durable.adapters.servicebus.source import Source
from durable.adapters.servicebus.writer import Outlet, Writer
from durable.errors import RefusedError, SessionTaken, UnknownDestination
from durable.messages import Message
from durable.ports import Receiver, SessionReceiver
from durable.settings import ServiceBusSettings
from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import TRANSFER_MESSAGES

_log = logging.getLogger(__name__)


def broker_from(settings: ServiceBusSettings, metrics: Metrics | None = None) -> ServiceBusBroker:
    """Make a broker; it connects when it is used. By connection string for a local endpoint, by identity otherwise.

    How its sends are merged is told to `metrics`.
    """
    # One for all connections: building one and loading its certificates costs more than opening the connection.
    context = ssl.create_default_context()
    if settings.connection_string:
        client = ServiceBusClient.from_connection_string(settings.connection_string, retry_total=0, ssl_context=context)
        return ServiceBusBroker(client, None, metrics)
    credential = DefaultAzureCredential(managed_identity_client_id=settings.client_id or None)
    client = ServiceBusClient(settings.namespace, credential, retry_total=0, ssl_context=context)
    return ServiceBusBroker(client, credential, metrics)


class ServiceBusBroker:
    """Queues and topics of one namespace.

    Attributes:
        fast: whether connections are driven from inside the SDK; where it is false, by its public surface.
    """

    def __init__(
        self, client: ServiceBusClient, credential: DefaultAzureCredential | None, metrics: Metrics | None = None
    ) -> None:
        self.fast = supported()
        if not self.fast:
            _log.warning("this version of azure-servicebus is driven by its public surface, which is slower")
        self._client = client
        self._credential = credential
        self._metrics = metrics or Metrics()
        self._writers: dict[str, Writer] = {}
        self._receivers: WeakSet[Receiver] = WeakSet()

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        if messages:
            writer = self._writers.get(destination)
            if writer is None:
                told = partial(self._sent, destination)
                writer = self._writers[destination] = Writer(self._outlet(destination), told)
            await writer.send(messages)

    async def receiver(self, source: str) -> Receiver:
        opening = partial(self._open, Source(source))
        receiver = ServiceBusReceiver(await opening(), opening)
        self._receivers.add(receiver)
        return receiver

    async def session(self, queue: str, session: str) -> SessionReceiver:
        receiver = ServiceBusSessionReceiver(await self._open(Source(queue, session)), session)
        self._receivers.add(receiver)
        return receiver

    async def close(self) -> None:
        closing: list[Receiver | Writer] = [*self._receivers, *self._writers.values()]
        self._receivers.clear()
        await asyncio.gather(*(each.close() for each in closing))
        with translated("closing the client"):
            await self._client.close()
        if self._credential is not None:
            await self._credential.close()

    def _sent(self, destination: str, messages: int) -> None:
        self._metrics.observe(TRANSFER_MESSAGES, messages, destination)

    def _outlet(self, destination: str) -> Outlet:
        if not self.fast:
            return PublicOutlet(self._client, destination)
        from durable.adapters.servicebus.fastpath.outlet import FastOutlet

        return FastOutlet(self._client, destination)

    async def _connect(self, source: Source) -> Channel:
        if not self.fast:
            return await open_public(self._client, source)
        from durable.adapters.servicebus.fastpath.channel import open_fast

        return await open_fast(self._client, source)

    async def _open(self, source: Source) -> Channel:
        try:
            return await self._connect(source)
        except (UnknownDestination, SessionTaken):
            raise
        except RefusedError as error:
            raise UnknownDestination(f"{source} cannot be received from: {error}") from error
