"""What a token costs the second time, and that a caller takes nothing from others."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta

import jwt
import pytest

from durable.http import bearer
from durable.http.bearer import Callers
from durable.http.problem import Problem
from durable.http.signing_keys import SigningKeys
from durable.http.tenant import Tenant
from emulators.tenant.endpoint import TenantEndpoint
from emulators.testing import tenant_endpoint
from tests.support.guarded import AUDIENCE


@pytest.fixture
async def entra() -> AsyncIterator[TenantEndpoint]:
    async with tenant_endpoint() as endpoint:
        yield endpoint


def callers_of(entra: TenantEndpoint) -> Callers:
    tenant = Tenant(entra.tenant.id, (AUDIENCE,), entra.authority)
    return Callers(tenant, SigningKeys(tenant))


def headers(token: str) -> list[tuple[bytes, bytes]]:
    return [(b"host", b"a"), (b"authorization", f"Bearer {token}".encode())]


async def test_a_signature_is_verified_once_for_a_token(entra: TenantEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    callers, token = callers_of(entra), entra.tenant.token(AUDIENCE, ["read"], oid="ada")
    first = await callers.identify(headers(token))
    monkeypatch.setattr(jwt, "decode", lambda *_, **__: pytest.fail("it is known"))

    assert await callers.identify(headers(token)) is first
    assert (first.id, set(first.roles)) == ("ada", {"read"})


async def test_a_known_token_is_no_longer_good_once_it_has_ended(
    entra: TenantEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    callers, token = callers_of(entra), entra.tenant.token(AUDIENCE, ["read"], exp=int(time.time()) - 50)
    caller = await callers.identify(headers(token))
    monkeypatch.setattr(time, "time", lambda: caller.ends)
    monkeypatch.setattr(bearer, "LEEWAY", timedelta(0))

    with pytest.raises(Problem, match="the token has ended"):
        await callers.identify(headers(token))


async def test_so_many_tokens_are_known_at_most(entra: TenantEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bearer, "KNOWN_MAX", 3)
    callers = callers_of(entra)

    for number in range(10):
        await callers.identify(headers(entra.tenant.token(AUDIENCE, ["read"], number=number)))

    assert len(callers._known) == 3


async def test_a_token_itself_is_kept_nowhere(entra: TenantEndpoint) -> None:
    callers, token = callers_of(entra), entra.tenant.token(AUDIENCE, ["read"])
    await callers.identify(headers(token))

    assert token.encode() not in repr(callers._known).encode()
    assert all(len(digest) == 32 for digest in callers._known)
