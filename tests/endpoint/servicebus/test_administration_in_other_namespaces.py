"""The administration of a premium namespace, and of one that takes tokens of Entra ID."""

from pathlib import Path
from typing import Any

import jwt
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.servicebus.aio.management import ServiceBusAdministrationClient

from emulators.entra import Entra
from emulators.servicebus.wire.limits import Tier
from tests.support.servicebus_admin import Administered, administered

AUDIENCE = "https://servicebus.azure.net"
LATER = 2**31


class Credential:
    """A credential that gives tokens for an audience, which nobody has signed."""

    def __init__(self, audience: str) -> None:
        self._token = jwt.encode({"aud": audience, "exp": LATER, "sub": "somebody"}, "", "none")

    async def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken(self._token, LATER)

    async def close(self) -> None:
        """Nothing to close."""

    async def __aenter__(self) -> "Credential":
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing to close."""


def client_of(world: Administered, audience: str) -> ServiceBusAdministrationClient:
    return ServiceBusAdministrationClient(
        world.admin.fully_qualified_namespace,
        Credential(audience),
        connection_verify=str(world.certificates.authority),
        retry_total=0,
    )


async def test_tokens_of_entra_are_taken_where_they_are_configured(tmp_path: Path) -> None:
    async with administered(tmp_path, entra=Entra((AUDIENCE,))) as world:
        async with client_of(world, AUDIENCE) as admin:
            await admin.create_queue("there")
            forwarding = await admin.create_queue("here", forward_to="there")
        async with client_of(world, "https://elsewhere") as admin:
            with pytest.raises(ClientAuthenticationError):
                await admin.get_queue("here")

        assert forwarding.forward_to == f"sb://{world.admin.fully_qualified_namespace}/there"
        assert (await world.admin.get_queue("here")).name == "here"


async def test_a_premium_namespace_has_larger_messages_and_queues(tmp_path: Path) -> None:
    async with administered(tmp_path, tier=Tier.PREMIUM) as world:
        plain = await world.admin.create_queue("plain")
        large = await world.admin.create_queue("large", max_message_size_in_kilobytes=2048, max_size_in_megabytes=81920)
        namespace = await world.admin.get_namespace_properties()
        with pytest.raises(HttpResponseError, match="between 1024 and 102400"):
            await world.admin.create_queue("small", max_message_size_in_kilobytes=512)

        assert plain.max_message_size_in_kilobytes == 1024
        assert (large.max_message_size_in_kilobytes, large.max_size_in_megabytes) == (2048, 81920)
        assert (namespace.messaging_sku, namespace.messaging_units) == ("Premium", 1)
