"""Hosts that can be reached from one event loop without a socket.

`asyncio.open_connection`, by which the asyncio SDK of Service Bus connects, asks the loop's `create_connection`. While
a host is in here, that method of this one loop looks whether the host is ours; all else goes on to the network.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

from emulators.servicebus.endpoint import ServiceBusEndpoint
from emulators.testing.pipe import PipeEnd, pipe

Serve = Callable[[], asyncio.Protocol]
ProtocolFactory = Callable[[], asyncio.Protocol]

_SUFFIX = ".in-process"
_numbers = count(1)


class _Hosts:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._connect: Callable[..., Awaitable[tuple[Any, Any]]] = loop.create_connection
        self.by_name: dict[str, Serve] = {}

    def install(self) -> None:
        # An attribute of the instance stands before the method of its class; uvloop's loops take one too.
        vars(self._loop)["create_connection"] = self.create_connection

    def uninstall(self) -> None:
        del vars(self._loop)["create_connection"]

    async def create_connection(
        self, protocol_factory: ProtocolFactory, host: str | None = None, port: int | None = None, **options: Any
    ) -> tuple[Any, Any]:
        serve = self.by_name.get(host or "")
        if serve is None:
            if host is not None and host.endswith(_SUFFIX):
                raise ConnectionRefusedError(f"There is no endpoint '{host}' in this event loop any more.")
            return await self._connect(protocol_factory, host, port, **options)
        if options.get("ssl"):
            raise ConnectionRefusedError(f"'{host}' is reached without TLS: a connection string with it was expected.")
        protocol = protocol_factory()
        end: PipeEnd = pipe(protocol, serve(), (host or "", port or 0))
        await asyncio.sleep(0)
        return end, protocol


_hosts: WeakKeyDictionary[asyncio.AbstractEventLoop, _Hosts] = WeakKeyDictionary()


@contextmanager
def reachable(endpoint: ServiceBusEndpoint) -> Iterator[None]:
    """Let clients in the running loop reach an endpoint by a name of its own, which its connection string has then."""
    loop = asyncio.get_running_loop()
    hosts = _hosts.get(loop)
    if hosts is None:
        hosts = _hosts[loop] = _Hosts(loop)
    if not hosts.by_name:
        hosts.install()
    endpoint.host = f"servicebus-{next(_numbers)}{_SUFFIX}"
    hosts.by_name[endpoint.host] = endpoint.new_connection
    try:
        yield
    finally:
        del hosts.by_name[endpoint.host]
        if not hosts.by_name:
            hosts.uninstall()
