import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from azure.identity.aio import DefaultAzureCredential

from durable import NotAllowed
from durable.client import SagaClient
from durable.client.credentials import Bearer, Credential
from durable.health import Health
from durable.http.entrance import entrance
from durable.http.serving import serving
from emulators.tenant.endpoint import TenantEndpoint
from emulators.testing import tenant_endpoint
from orchestrator.api import needed_role
from tests.support.api_world import ApiWorld
from tests.support.guarded import AUDIENCE, settings_for

SCOPE = f"{AUDIENCE}/.default"


@dataclass
class Token:
    token: str
    expires_on: int


@dataclass
class Granting:
    """A credential of a caller with these roles."""

    entra: TenantEndpoint
    roles: tuple[str, ...]
    asked: list[str] = field(default_factory=list)
    seconds: int = 3600

    async def get_token(self, *scopes: str, **more: Any) -> Token:
        self.asked += scopes
        return Token(self.entra.tenant.token(AUDIENCE, self.roles), int(time.time()) + self.seconds)


@pytest.fixture
async def entra() -> AsyncIterator[TenantEndpoint]:
    async with tenant_endpoint() as endpoint:
        yield endpoint


@pytest.fixture
async def url(entra: TenantEndpoint) -> AsyncIterator[str]:
    async with (
        entrance(ApiWorld().app(), needed_role, settings_for(entra), Health()) as app,
        serving(app, "127.0.0.1", 0) as port,
    ):
        yield f"http://127.0.0.1:{port}"


async def test_a_client_with_a_credential_is_let_in(url: str, entra: TenantEndpoint) -> None:
    credential = Granting(entra, ("operate",))
    async with SagaClient(url, credential=credential, scope=SCOPE) as client:
        instance_id = await client.start("tick")

        assert (await client.get(instance_id)).saga == "tick"
    assert credential.asked == [SCOPE]


async def test_a_client_without_one_is_told_so(url: str) -> None:
    async with SagaClient(url) as client:
        with pytest.raises(NotAllowed, match="expected header Authorization"):
            await client.count()


async def test_a_client_that_lacks_a_role_is_told_which(url: str, entra: TenantEndpoint) -> None:
    async with SagaClient(url, credential=Granting(entra, ("read",)), scope=SCOPE) as client:
        assert await client.count() == 0
        with pytest.raises(NotAllowed, match="app role 'operate'"):
            await client.start("tick")


async def test_a_token_is_asked_for_anew_five_minutes_before_it_ends(entra: TenantEndpoint) -> None:
    credential = Granting(entra, ("read",), seconds=299)
    bearer = Bearer(credential, SCOPE)
    await bearer.header()
    credential.seconds = 310

    await bearer.header()
    await bearer.header()

    assert len(credential.asked) == 2


@pytest.mark.parametrize("address", ["http://orchestrator:8080", "http://192.0.2.1", "ftp://a", "orchestrator"])
def test_a_token_is_not_sent_in_clear(address: str, entra: TenantEndpoint) -> None:
    with pytest.raises(ValueError, match="expected https://, or http:// of this machine"):
        SagaClient(address, credential=Granting(entra, ()), scope=SCOPE)


@pytest.mark.parametrize("given", [{"scope": SCOPE}, {"credential": True}])
def test_a_credential_needs_a_scope_and_the_other_way_round(given: dict[str, Any], entra: TenantEndpoint) -> None:
    if "credential" in given:
        given = {"credential": Granting(entra, ())}

    with pytest.raises(ValueError, match="expected credential and scope together"):
        SagaClient("https://a.example", **given)


async def test_the_credentials_of_azure_identity_are_credentials() -> None:
    async with DefaultAzureCredential() as credential:
        given: Credential = credential
        SagaClient("https://a.example", credential=given, scope=SCOPE)
