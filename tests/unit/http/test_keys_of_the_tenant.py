import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from durable.health import Health
from durable.http import signing_keys
from durable.http.signing_keys import KeysUnavailable, SigningKeys
from durable.http.tenant import Tenant
from emulators.tenant.endpoint import TenantEndpoint
from emulators.testing import tenant_endpoint
from tests.support.guarded import APPS, AUDIENCE, LOOKS, guarded
from tests.support.served import served

ID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def entra() -> AsyncIterator[TenantEndpoint]:
    async with tenant_endpoint() as endpoint:
        yield endpoint


def tokens(entra: TenantEndpoint, count: int) -> list[str]:
    return [entra.tenant.token(AUDIENCE, ["read"], number=number) for number in range(count)]


async def until_ready(health: Health) -> None:
    async with asyncio.timeout(10):
        while health.report()[0] != 200:  # noqa: ASYNC110  The keys come over a socket.
            await asyncio.sleep(0)


async def test_keys_are_asked_for_once_however_many_requests_come(entra: TenantEndpoint) -> None:
    async with guarded("ingestor", entra) as world:
        answers = await asyncio.gather(*(world.ask("GET", "/catalogue", token) for token in tokens(entra, 20)))

    assert [answer.status for answer in answers] == [200] * 20
    assert entra.asked == 1


@pytest.mark.parametrize("service", APPS)
async def test_a_new_key_is_learnt_when_a_token_names_it(
    service: str, entra: TenantEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_keys, "PAUSE_SECONDS", 0.0)
    async with guarded(service, entra) as world:
        before = entra.tenant.token(AUDIENCE, ["read"])
        assert (await world.ask(*LOOKS[service], before)).status == 200
        entra.tenant.rotate()

        after = entra.tenant.token(AUDIENCE, ["read"])

        assert (await world.ask(*LOOKS[service], after)).status == 200
        assert (await world.ask(*LOOKS[service], before)).status == 200
    assert entra.asked == 2


async def test_a_key_that_was_withdrawn_opens_nothing_once_the_keys_are_asked_for_again(entra: TenantEndpoint) -> None:
    keys = SigningKeys(Tenant(entra.tenant.id, (AUDIENCE,), entra.authority))
    assert await keys.find("key-1") is not None
    entra.tenant.rotate()
    del entra.tenant.keys[0]

    await keys.ask()

    assert await keys.find("key-1") is None
    assert await keys.find("key-2") is not None


async def test_unknown_keys_have_the_tenant_asked_once_in_a_while_at_most(entra: TenantEndpoint) -> None:
    keys = SigningKeys(Tenant(entra.tenant.id, (AUDIENCE,), entra.authority))

    found = [await keys.find(f"unknown-{number}") for number in range(50)]

    assert found == [None] * 50
    assert entra.asked == 1


@pytest.mark.parametrize("service", APPS)
async def test_without_keys_a_service_is_not_ready_and_judges_no_token(service: str, entra: TenantEndpoint) -> None:
    entra.away = True
    async with guarded(service, entra) as world:
        answer = await world.ask(*LOOKS[service], entra.tenant.token(AUDIENCE, ["read"]))

        assert (answer.status, answer.problem) == (503, "unavailable")
        assert answer.headers["Retry-After"] == "5"
        assert f"{entra.authority}/{ID}/v2.0/.well-known/openid-configuration: the answer was 503" in str(
            answer.document["detail"]
        )
        status, body = world.health.report()
        assert status == 503
        assert "the answer was 503" in str(body)


async def test_it_is_ready_once_the_tenant_answers(entra: TenantEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_keys, "RETRY_SECONDS", 0.01)
    entra.away = True
    async with guarded("ingestor", entra) as world:
        token = entra.tenant.token(AUDIENCE, ["read"])
        assert (await world.ask("GET", "/catalogue", token)).status == 503
        entra.away = False

        await until_ready(world.health)

        assert (await world.ask("GET", "/catalogue", token)).status == 200


async def test_a_tenant_that_goes_away_harms_no_token_of_a_key_that_is_known(
    entra: TenantEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_keys, "PAUSE_SECONDS", 0.0)
    async with guarded("ingestor", entra) as world:
        await until_ready(world.health)
        entra.away = True
        known, fresh = tokens(entra, 2)
        entra.tenant.rotate()
        of_a_new_key = entra.tenant.token(AUDIENCE, ["read"])

        statuses = [(await world.ask("GET", "/catalogue", token)).status for token in (known, of_a_new_key, fresh)]

        assert statuses == [200, 503, 200]
        assert world.health.report()[0] == 200


@asynccontextmanager
async def answering(configuration: Response, keys: Response | None = None) -> AsyncIterator[SigningKeys]:
    """A tenant that answers as told; in a text that it answers, AUTHORITY stands for its address."""

    async def give_configuration(request: Request) -> Response:
        text = bytes(configuration.body).replace(b"AUTHORITY", str(request.base_url).rstrip("/").encode())
        return Response(
            text, configuration.status_code, {k: v for k, v in configuration.headers.items() if k == "location"}
        )

    async def give_keys(_: Request) -> Response:
        assert keys is not None
        return keys

    app = Starlette(
        routes=[Route(f"/{ID}/v2.0/.well-known/openid-configuration", give_configuration), Route("/keys", give_keys)]
    )
    async with served(app) as url:
        yield SigningKeys(Tenant(ID, (AUDIENCE,), url))


USUAL = {"issuer": f"AUTHORITY/{ID}/v2.0", "jwks_uri": "AUTHORITY/keys"}
WEAK = {"kty": "RSA", "kid": "weak", "n": "sXchTlkUzBPx", "e": "AQAB"}


@pytest.mark.parametrize(
    ("configuration", "keys", "why"),
    [
        (JSONResponse({**USUAL, "issuer": "https://elsewhere"}), None, "it is of issuer 'https://elsewhere'"),
        (JSONResponse({**USUAL, "jwks_uri": "http://192.0.2.1/keys"}), None, "expected jwks_uri at https://"),
        (JSONResponse({**USUAL, "jwks_uri": "file:///etc/passwd"}), None, "expected jwks_uri at https://"),
        (JSONResponse([]), None, "expected a JSON object"),
        (Response(b"<html>"), None, "JSONDecodeError"),
        (RedirectResponse("https://elsewhere"), None, "the answer was 307"),
        (JSONResponse(USUAL), JSONResponse({"keys": []}), "found none"),
        (JSONResponse(USUAL), JSONResponse({"keys": "none"}), "found none"),
        (JSONResponse(USUAL), JSONResponse({"keys": [7, {}, {"kty": "oct", "kid": "a", "k": "a2V5"}]}), "found none"),
        (JSONResponse(USUAL), JSONResponse({"keys": [WEAK, {**WEAK, "n": 7}]}), "RSA keys of 2048 bits or more"),
        (JSONResponse(USUAL), Response(b" " * 1_000_001), "larger than 1000000 bytes"),
    ],
)
async def test_what_can_not_be_used_is_told_and_used_for_nothing(
    configuration: Response, keys: Response | None, why: str
) -> None:
    async with answering(configuration, keys) as signing:
        with pytest.raises(KeysUnavailable, match=why):
            await signing.find("a")


async def test_a_tenant_that_is_not_there_is_told_by_its_address(unused_tcp_port: int) -> None:
    keys = SigningKeys(Tenant(ID, (AUDIENCE,), f"http://127.0.0.1:{unused_tcp_port}"))

    with pytest.raises(KeysUnavailable, match=f"http://127.0.0.1:{unused_tcp_port}/{ID}/v2.0"):
        await keys.find("a")
