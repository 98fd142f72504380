"""The SDK wants port 5671 for TLS: the endpoint listens there, on a loopback address of its own."""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest
import pytest_asyncio
from azure.core.credentials import AccessToken
from azure.servicebus import ServiceBusClient as SyncClient
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import ServiceBusAuthenticationError, ServiceBusConnectionError

from emulators.certificates import Certificates, certificates_in
from emulators.entra import Entra
from emulators.servicebus.clock import SystemClock
from emulators.servicebus.endpoint import ServiceBusEndpoint
from emulators.servicebus.options import ENTRA_AUDIENCE
from emulators.servicebus.wire.authorization import DEFAULT_KEY, DEFAULT_KEY_NAME
from tests.support.hurried_sdk import hurry_sdk
from tests.support.service_bus import WAIT, bodies, namespace

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADDRESS = f"127.{64 + os.getpid() // 62_500 % 64}.{os.getpid() // 250 % 250}.{1 + os.getpid() % 250}"
BY_KEY = f"Endpoint=sb://{ADDRESS}/;SharedAccessKeyName={DEFAULT_KEY_NAME};SharedAccessKey={DEFAULT_KEY}"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates_in(tmp_path_factory.mktemp("certificates"), [ADDRESS])


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def endpoint(certificates: Certificates) -> AsyncIterator[ServiceBusEndpoint]:
    plan = namespace({name: {} for name in ("by-key", "by-token", "synchronously")})
    options: dict[str, Any] = {"certificates": certificates, "entra": Entra((ENTRA_AUDIENCE,))}
    with pytest.MonkeyPatch.context() as patch:
        hurry_sdk(patch)
        async with ServiceBusEndpoint(plan, host=ADDRESS, **options) as endpoint:
            yield endpoint


class Credential:
    """What `azure-identity` gives, made here."""

    def __init__(self, audience: str = ENTRA_AUDIENCE) -> None:
        self.scopes: list[str] = []
        self._audience = audience

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        self.scopes += scopes
        ends_at = SystemClock().now() // 1000 + 3600
        claims = {"aud": self._audience, "exp": ends_at, "sub": "test"}
        return AccessToken(jwt.encode(claims, "", algorithm="none"), ends_at)


class AsyncCredential:
    def __init__(self, inner: Credential) -> None:
        self._inner = inner

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return self._inner.get_token(*scopes)

    async def close(self) -> None: ...

    async def __aenter__(self) -> "AsyncCredential":
        return self

    async def __aexit__(self, *_: Any) -> None: ...


def by_token(certificates: Certificates, credential: Credential) -> ServiceBusClient:
    trusted: dict[str, Any] = {"connection_verify": str(certificates.authority), "retry_total": 0}
    return ServiceBusClient(ADDRESS, AsyncCredential(credential), **trusted)


async def a_round_trip(client: ServiceBusClient, queue: str) -> list[str]:
    async with client, client.get_queue_sender(queue) as sender, client.get_queue_receiver(queue) as receiver:
        await sender.send_messages(ServiceBusMessage("over TLS"))
        return bodies(await receiver.receive_messages(1, max_wait_time=WAIT))


async def test_a_client_that_trusts_the_authority_talks_over_tls(certificates: Certificates) -> None:
    trusted: dict[str, Any] = {"connection_verify": str(certificates.authority)}

    client = ServiceBusClient.from_connection_string(BY_KEY, **trusted)

    assert await a_round_trip(client, "by-key") == ["over TLS"]


async def test_a_client_may_bring_a_context_that_trusts_the_authority(certificates: Certificates) -> None:
    client = ServiceBusClient.from_connection_string(BY_KEY, ssl_context=certificates.client_context())

    assert await a_round_trip(client, "by-key") == ["over TLS"]


async def test_a_client_that_does_not_trust_the_authority_stays_away() -> None:
    async with ServiceBusClient.from_connection_string(BY_KEY, retry_total=0) as client:
        with pytest.raises(ServiceBusConnectionError, match="certificate verify failed"):
            await client.get_queue_sender("by-key").__aenter__()


async def test_a_credential_of_entra_opens_a_queue(certificates: Certificates) -> None:
    credential = Credential()

    assert await a_round_trip(by_token(certificates, credential), "by-token") == ["over TLS"]
    assert set(credential.scopes) == {"https://servicebus.azure.net//.default"}


async def test_a_credential_for_another_service_is_refused(certificates: Certificates) -> None:
    async with by_token(certificates, Credential("https://storage.azure.com")) as client:
        with pytest.raises(ServiceBusAuthenticationError):
            await client.get_queue_sender("by-token").__aenter__()


async def test_the_synchronous_sdk_talks_over_tls_with_a_credential(certificates: Certificates) -> None:
    def round_trip() -> list[str]:
        trusted: dict[str, Any] = {"connection_verify": str(certificates.authority)}
        with SyncClient(ADDRESS, Credential(), **trusted) as client:
            with client.get_queue_sender("synchronously") as sender:
                sender.send_messages(ServiceBusMessage("synchronous"))
            with client.get_queue_receiver("synchronously") as receiver:
                return bodies(receiver.receive_messages(1, max_wait_time=WAIT))

    assert await asyncio.to_thread(round_trip) == ["synchronous"]
