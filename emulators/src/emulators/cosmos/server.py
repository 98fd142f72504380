"""The endpoint as a whole: store, account, web server. What tests start in their own process."""

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from emulators.cosmos.app import App
from emulators.cosmos.auth import DEVELOPMENT_KEY, DEVELOPMENT_READ_ONLY_KEY, Authenticator
from emulators.cosmos.catalog import Catalog
from emulators.cosmos.faults.tampering import Account, Tampering
from emulators.cosmos.gateway import Gateway
from emulators.cosmos.page.app import page_of
from emulators.cosmos.ranges import PhysicalRanges
from emulators.cosmos.service import Clock, Service
from emulators.cosmos.serving import Serving
from emulators.cosmos.store.database import Database
from emulators.cosmos.topology import Topology
from emulators.cosmos.wire.message import Request, Response
from emulators.entra import Entra
from emulators.faults.register import Faults
from emulators.web import WebServer

_FILE = "cosmos.sqlite"
_RANGES = 2


def wall_clock() -> datetime:
    """The time of the machine."""
    return datetime.now(UTC)


class CosmosEndpoint:
    """A local endpoint: `async with` starts it, `handle` works without it being started.

    `data` is the folder of the store; without it nothing outlives the object. Port 0 takes a free one. `ranges` is the
    number of physical ranges of each container. `tls` is a server context; with it the endpoint speaks HTTPS. `entra`
    says which tokens are accepted beside the keys; clients send them over HTTPS only. `faults` says what is to go wrong
    with requests, whichever way they come; with `controllable` GET, POST and DELETE of `/faults` change it.
    """

    def __init__(
        self,
        topology: Topology | Path | None = None,
        *,
        data: Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        key: str = DEVELOPMENT_KEY,
        read_only_key: str = DEVELOPMENT_READ_ONLY_KEY,
        tls: ssl.SSLContext | None = None,
        entra: Entra | None = None,
        clock: Clock = wall_clock,
        ranges: int = _RANGES,
        controllable: bool = False,
    ) -> None:
        self.key = key
        self.read_only_key = read_only_key
        self._address = (host, port)
        self._tls = tls
        authenticator = Authenticator(key, read_only_key, entra=entra)
        wanted = Topology.read(topology) if isinstance(topology, Path) else topology or Topology()
        self.data = data
        self._database = Database(None if data is None else data / _FILE)
        scheme = "http" if tls is None else "https"
        service = Service(Catalog(self._database), PhysicalRanges(ranges), clock, scheme)
        wanted.apply(service.catalog, service.now())
        self._database.commit()
        self.gateway = Gateway(service, authenticator)
        self._tampering = Tampering(Account(service, authenticator, self._database, self.gateway))
        self.serving = Serving(self.gateway, self._tampering)
        self._controllable = controllable
        self._web: WebServer | None = None

    @property
    def faults(self) -> Faults:
        """What is to go wrong."""
        return self._tampering.faults

    @property
    def url(self) -> str:
        """Return the address that clients use; the endpoint must have been started."""
        assert self._web is not None, "The endpoint has not been started."
        return self._web.url

    @property
    def connection_string(self) -> str:
        """What a client needs to know; the endpoint must have been started."""
        return f"AccountEndpoint={self.url}/;AccountKey={self.key};"

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Response:
        """Serve one request without a socket, and commit; raises `Unanswered` if a fault keeps the answer back."""
        fields = {name.lower().encode(): value.encode("latin-1") for name, value in headers.items()}
        return self.serving.answer_blocking(Request(method, path, fields, body))

    async def start(self) -> None:
        """Listen; raises OSError if the port is taken."""
        faults = self.faults if self._controllable else None
        app = App(self.gateway, self.serving, faults, page_of(self, self._database))
        self._web = WebServer(app, *self._address, tls=self._tls)
        await self._web.start()

    async def stop(self) -> None:
        """Answer what was asked, close all connections and the store."""
        if self._web is not None:
            await self._web.stop()
        self._tampering.close()
        self._database.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
