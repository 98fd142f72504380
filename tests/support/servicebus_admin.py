import asyncio
import base64
import hmac
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from azure.servicebus.aio.management import ServiceBusAdministrationClient

from emulators.certificates import Certificates, certificates_in
from emulators.servicebus.broker.broker import Plan
from emulators.servicebus.clock import ManualClock
from emulators.servicebus.endpoint import ServiceBusEndpoint
from emulators.servicebus.wire.authorization import DEFAULT_KEY, DEFAULT_KEY_NAME
from tests.support.service_bus import Links


def admin_of(
    endpoint: ServiceBusEndpoint, certificates: Certificates, **options: Any
) -> ServiceBusAdministrationClient:
    """The real client, which trusts the authority of the certificates and does not try again."""
    assert endpoint.admin_connection_string is not None
    return ServiceBusAdministrationClient.from_connection_string(
        endpoint.admin_connection_string,
        connection_verify=str(certificates.authority),
        **{"retry_total": 0, **options},
    )


def signed(endpoint: ServiceBusEndpoint, path: str = "") -> str:
    """A shared access signature for a path of the endpoint, good for an hour."""
    expiry = str(int(time.time()) + 3600)
    resource = quote_plus(f"{endpoint.admin_url}/{path}")
    signature = base64.b64encode(hmac.digest(DEFAULT_KEY.encode(), f"{resource}\n{expiry}".encode(), "sha256"))
    return f"SharedAccessSignature sr={resource}&sig={quote_plus(signature)}&se={expiry}&skn={DEFAULT_KEY_NAME}"


class Administered(Links):
    """An endpoint in this process with its administration client `admin`, a clock to put forward, and links."""

    def __init__(self, endpoint: ServiceBusEndpoint, certificates: Certificates, clock: ManualClock) -> None:
        super().__init__(endpoint.connection_string)
        self.endpoint = endpoint
        self.certificates = certificates
        self.clock = clock
        self.admin = admin_of(endpoint, certificates)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Give the loop time until a condition holds; ten seconds at the most."""
        for _ in range(2000):
            if holds():
                return
            await asyncio.sleep(0.005)
        raise TimeoutError("The condition did not come true.")


@asynccontextmanager
async def administered(folder: Path, **options: Any) -> AsyncIterator[Administered]:
    """An endpoint without entities, whose certificates are kept in a folder."""
    certificates, clock = certificates_in(folder), ManualClock()
    async with (
        ServiceBusEndpoint(Plan(), clock=clock, admin_port=0, certificates=certificates, **options) as endpoint,
        Administered(endpoint, certificates, clock) as world,
        world.admin,
    ):
        yield world
