"""The administration side on a port of its own. It speaks TLS alone: the SDKs insist on it."""

import ssl

from emulators.certificates import Certificates
from emulators.servicebus.admin.app import Administration
from emulators.servicebus.wire.hub import Hub
from emulators.web import WebServer


class AdminServer:
    """Serves the administration of one hub; port 0 takes a free one."""

    def __init__(self, host: str, port: int, certificates: Certificates | None) -> None:
        """Raises `ValueError` without certificates."""
        if certificates is None:
            raise ValueError("The administration client speaks TLS alone: give `certificates` with `admin_port`.")
        self._address = (host, port)
        self._tls: ssl.SSLContext = certificates.server_context()
        self._web: WebServer | None = None

    @property
    def url(self) -> str:
        """The address for clients; the server must have been started."""
        assert self._web is not None, "The endpoint has not been started."
        return self._web.url

    @property
    def port(self) -> int:
        """The port; the server must have been started."""
        return int(self.url.rpartition(":")[2])

    async def start(self, hub: Hub) -> None:
        """Begin to accept connections; raises OSError if the port is taken."""
        web = WebServer(Administration(hub), *self._address, tls=self._tls)
        await web.start()
        self._web = web

    async def stop(self) -> None:
        """Close all connections; nothing happens if it was never started."""
        if self._web is not None:
            await self._web.stop()
