"""Broken HTTP against the services behind their entrance: refused without a token, harmless with one, never a bug."""

import logging
from collections.abc import AsyncIterator

import pytest

from emulators.tenant.endpoint import TenantEndpoint
from emulators.testing import tenant_endpoint
from tests.fuzz.http_attacks import ATTACKS, attack
from tests.support.guarded import APPS, AUDIENCE, LOOKS, guarded


@pytest.fixture
async def entra() -> AsyncIterator[TenantEndpoint]:
    async with tenant_endpoint() as endpoint:
        yield endpoint


@pytest.mark.parametrize("service", APPS)
async def test_no_broken_request_opens_anything_or_is_a_bug(
    service: str, entra: TenantEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    async with guarded(service, entra) as world:
        port = int(world.url.rpartition(":")[2])
        statuses = {name: (await attack(port, data, seconds=2)).status for name, data in ATTACKS.items()}
        answer = await world.ask(*LOOKS[service], entra.tenant.token(AUDIENCE, ["read"]))

    assert {name: status for name, status in statuses.items() if status not in {0, 400, 401, 408, 431}} == {}
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert answer.status == 200


@pytest.mark.parametrize("service", APPS)
async def test_a_caller_with_every_role_finds_no_bug_by_broken_requests(
    service: str, entra: TenantEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    token = entra.tenant.token(AUDIENCE, ["publish", "read", "operate"]).encode()
    async with guarded(service, entra) as world:
        port = int(world.url.rpartition(":")[2])
        bearer = b" HTTP/1.1\r\nauthorization: Bearer " + token + b"\r\n"
        broken = {name: data.replace(b" HTTP/1.1\r\n", bearer, 1) for name, data in ATTACKS.items()}
        statuses = {name: (await attack(port, data, seconds=2)).status for name, data in broken.items()}

    assert {name: status for name, status in statuses.items() if status >= 500} == {}
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []
