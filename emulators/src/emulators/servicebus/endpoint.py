"""The endpoint as a whole: topology, journal, broker, listener. Runs inside any event loop.

async with ServiceBusEndpoint(topology=path, data=None) as endpoint:
    client = ServiceBusClient.from_connection_string(endpoint.connection_string)
"""

import asyncio
import ssl
from functools import partial
from pathlib import Path
from types import TracebackType

from emulators.certificates import Certificates
from emulators.entra import Entra
from emulators.faults.register import Faults
from emulators.servicebus.admin.detaching import detach_from_gone
from emulators.servicebus.admin.server import AdminServer
from emulators.servicebus.broker.broker import Broker, Plan, stored_nothing
from emulators.servicebus.broker.counts import Counts
from emulators.servicebus.catalog import merged
from emulators.servicebus.clock import Clock, ManualClock, SystemClock
from emulators.servicebus.faults.tampering import Tampering
from emulators.servicebus.http.app import application
from emulators.servicebus.journal import Forgetful, Journal
from emulators.servicebus.topology import read_topology
from emulators.servicebus.wire.authorization import SharedKey
from emulators.servicebus.wire.connection import Connection
from emulators.servicebus.wire.hub import Hub
from emulators.servicebus.wire.limits import Tier
from emulators.web import WebServer, address

AMQPS_PORT = 5671
_BEAT_SECONDS = 15.0


class ServiceBusEndpoint:
    """One namespace on one port; enter it to start, leave it to stop."""

    def __init__(
        self,
        topology: Path | Plan,
        data: Path | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        http_port: int | None = None,
        tls_port: int | None = None,
        admin_port: int | None = None,
        certificates: Certificates | None = None,
        key: SharedKey | None = None,
        entra: Entra | None = None,
        clock: Clock | None = None,
        detach_idle: bool | None = None,
        tier: Tier = Tier.STANDARD,
        listens: bool = True,
    ) -> None:
        """Serve a topology, or what a plan says.

        `detach_idle` says whether links are detached that were idle for ten minutes. It is so by default, but not with
        a clock that is put forward by hand: clients can't be busy in a time that never passed for them.

        Without `data` everything is kept in memory only, without `http_port` no HTTP; port 0 takes a free one. With
        `certificates` there is AMQP over TLS, too, on `tls_port` (5671; with an `admin_port` only if it is given). The
        administration client is served on `admin_port`, which needs `certificates`. `entra` says which tokens of Entra
        ID open all this. `tier` decides how large messages and batches may be. If it does not listen for AMQP,
        `new_connection` is the only way in.
        """
        self.plan = topology if isinstance(topology, Plan) else read_topology(topology)
        self.host = host
        self.port = port
        self.tls_port = AMQPS_PORT if tls_port is None else tls_port
        self.failed = asyncio.Event()
        self.data = data
        self._key = key or SharedKey()
        self._entra = entra
        self._certificates = certificates if tls_port is not None or admin_port is None else None
        self._clock = clock or SystemClock()
        self._detach_idle = not isinstance(clock, ManualClock) if detach_idle is None else detach_idle
        self._tier = tier
        self._listens = listens
        self._journal: Journal | None = None
        self._hub: Hub | None = None
        self._tampering: Tampering | None = None
        self._servers: list[asyncio.Server] = []
        self._web = None if http_port is None else WebServer(application(self), host, http_port)
        self._admin = None if admin_port is None else AdminServer(host, admin_port, certificates)
        self._beat: asyncio.Task[None] | None = None

    @property
    def connection_string(self) -> str:
        """What a client of this endpoint needs to know."""
        return f"{self._connection_string(self.port)}UseDevelopmentEmulator=true;"

    @property
    def admin_connection_string(self) -> str | None:
        """The same for an administration client; None without one. The endpoint must have been started."""
        return None if self._admin is None else self._connection_string(self._admin.port)

    @property
    def admin_url(self) -> str | None:
        """The address of the administration; None without one. The endpoint must have been started."""
        return None if self._admin is None else self._admin.url

    def _connection_string(self, port: int) -> str:
        # The SDKs for Python look a bracketed address up as if it were a name.
        host = "localhost" if self.host in {"", "0.0.0.0", "::", "::1"} else self.host
        key = f"SharedAccessKeyName={self._key.name};SharedAccessKey={self._key.secret};"
        return f"Endpoint=sb://{address(host, port)};{key}"

    @property
    def hub(self) -> Hub:
        """Broker, clock and connections; the endpoint must have been started."""
        assert self._hub is not None, "The endpoint has not been started."
        return self._hub

    @property
    def http_url(self) -> str | None:
        """The address of the HTTP side; None without one. The endpoint must have been started."""
        return None if self._web is None else self._web.url

    @property
    def faults(self) -> Faults:
        """What is to go wrong. The endpoint must have been started; they end with it."""
        assert self._tampering is not None, "The endpoint has not been started."
        return self._tampering.faults

    def counts(self) -> dict[str, Counts]:
        """What each queue, topic and subscription holds now."""
        return {} if self._hub is None else self._hub.broker.counts()

    async def start(self) -> None:
        """Load what is stored and listen. Raises `JournalError`, or `OSError` if a port is taken."""
        hub = self._hub = Hub(self._broker(), self._journal or Forgetful(), self._clock, self._key, self._entra)
        hub.on_failure = self.failed.set
        hub.broker.on_removed = partial(detach_from_gone, hub)
        hub.detaches_idle_links = self._detach_idle
        hub.tier = self._tier
        self._tampering = Tampering(hub)
        try:
            if self._listens:
                self.port = await self._listen(hub, self.port, None)
            if self._certificates is not None:
                self.tls_port = await self._listen(hub, self.tls_port, self._certificates.server_context())
            if self._web is not None:
                await self._web.start()
            if self._admin is not None:
                await self._admin.start(hub)
        except OSError:
            await self.stop()
            raise
        self._beat = asyncio.create_task(self._keep_beating(hub))
        hub.turn()

    def _broker(self) -> Broker:
        """The broker with everything that is stored."""
        plan = self.plan
        stored = stored_nothing(plan)
        if self.data is not None:
            self._journal = Journal(self.data)
            plan = merged(plan, self._journal.told())
            stored = self._journal.load(plan)
        broker = Broker(plan, stored, {name.lower() for name in self.plan.names()})
        broker.entities.date_the_new(self._clock.now())
        return broker

    async def stop(self) -> None:
        """Stop listening, cut all connections, close the journal."""
        if self._beat is not None:
            self._beat.cancel()
        for server in self._servers:
            server.close()
        self._servers.clear()
        if self._web is not None:
            await self._web.stop()
        if self._tampering is not None:
            self._tampering.stop()
        if self._admin is not None:
            await self._admin.stop()
        if self._hub is not None:
            self._hub.turn()
            self._hub.stop()
            await asyncio.sleep(0)
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    async def __aenter__(self) -> "ServiceBusEndpoint":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def new_connection(self) -> asyncio.Protocol:
        """What serves a client that comes by a transport of its own; the endpoint must have been started."""
        return Connection(self.hub)

    async def _listen(self, hub: Hub, port: int, tls: ssl.SSLContext | None) -> int:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(hub), self.host, port, ssl=tls)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def _keep_beating(self, hub: Hub) -> None:
        while True:
            await asyncio.sleep(_BEAT_SECONDS)
            hub.beat()
