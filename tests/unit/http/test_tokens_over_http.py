import base64
import json
import time
from collections.abc import AsyncIterator, Callable

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from emulators.tenant.endpoint import TenantEndpoint
from emulators.tenant.tenant import Key, Tenant
from emulators.testing import tenant_endpoint
from tests.support.guarded import APPS, AUDIENCE, LOOKS, guarded

ANOTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NOW = int(time.time())


@pytest.fixture
async def entra() -> AsyncIterator[TenantEndpoint]:
    async with tenant_endpoint() as endpoint:
        yield endpoint


def of_another_key(tenant: Tenant) -> str:
    return tenant.token(AUDIENCE, ["read"], key=Key(tenant.keys[-1].id, ANOTHER))


def of_an_unknown_key(tenant: Tenant) -> str:
    return tenant.token(AUDIENCE, ["read"], key=Key("nobody's", ANOTHER))


def unsigned(tenant: Tenant) -> str:
    claims = jwt.decode(tenant.token(AUDIENCE, ["read"]), options={"verify_signature": False})
    return jwt.encode(claims, "", algorithm="none", headers={"kid": tenant.keys[-1].id})


def by_the_public_key_as_a_secret(tenant: Tenant) -> str:
    """What an attacker makes who hopes that the public key is taken as the secret of HS256."""
    key = tenant.keys[-1]
    public = key.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    claims = jwt.decode(tenant.token(AUDIENCE, ["read"]), options={"verify_signature": False})
    body = ".".join(map(encoded, ({"alg": "HS256", "kid": key.id}, claims)))
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    return f"{body}.{base64.urlsafe_b64encode(algorithm.sign(body.encode(), public)).decode().rstrip('=')}"


def encoded(part: object) -> str:
    return encoded_text(json.dumps(part))


def encoded_text(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def with_another_payload(tenant: Tenant) -> str:
    header, _, signature = tenant.token(AUDIENCE, []).split(".")
    claims = jwt.decode(tenant.token(AUDIENCE, ["read"]), options={"verify_signature": False})
    return f"{header}.{encoded(claims)}.{signature}"


REFUSED: dict[str, tuple[Callable[[Tenant], str], str]] = {
    "garbage": (lambda _: "garbage", "expected a JSON Web Token"),
    "three dots": (lambda _: "a.b.c", "expected a JSON Web Token"),
    "no text": (lambda _: "\xff.\xff.\xff", "expected a JSON Web Token"),
    "a header without an end": (lambda _: f"{encoded_text('[' * 20_000)}.e30.e30", "expected a JSON Web Token"),
    "a key that is no text": (
        lambda _: f"{encoded({'alg': 'RS256', 'kid': [7]})}.e30.e30",
        "expected a JSON Web Token",
    ),
    "has ended": (lambda tenant: tenant.token(AUDIENCE, ["read"], exp=NOW - 120), "has ended"),
    "not yet": (lambda tenant: tenant.token(AUDIENCE, ["read"], nbf=NOW + 600), "not valid yet"),
    "no end": (lambda tenant: tenant.token(AUDIENCE, ["read"], exp=None), "lacks one of the claims"),
    "another issuer": (lambda tenant: tenant.token(AUDIENCE, ["read"], iss="https://elsewhere"), "not of this tenant"),
    "another tenant": (
        lambda tenant: tenant.token(AUDIENCE, ["read"], iss=tenant.issuer.replace("0000-4", "0001-4")),
        "not of this tenant",
    ),
    "another audience": (lambda tenant: tenant.token("api://else", ["read"]), "another audience"),
    "another key": (of_another_key, "not signed by the key"),
    "unknown key": (of_an_unknown_key, "a key that the tenant does not have"),
    "no signature": (unsigned, "not signed with RS256"),
    "public key as a secret": (by_the_public_key_as_a_secret, "not signed with RS256"),
    "another payload": (with_another_payload, "not signed by the key"),
}


@pytest.mark.parametrize("service", APPS)
async def test_a_request_without_a_token_is_told_what_it_needs(service: str, entra: TenantEndpoint) -> None:
    async with guarded(service, entra) as world:
        answer = await world.ask(*LOOKS[service])

    assert (answer.status, answer.problem) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("service", APPS)
@pytest.mark.parametrize(("make", "why"), REFUSED.values(), ids=REFUSED)
async def test_a_token_that_does_not_count_is_refused_and_why(
    service: str, make: Callable[[Tenant], str], why: str, entra: TenantEndpoint
) -> None:
    async with guarded(service, entra) as world:
        answer = await world.ask(*LOOKS[service], make(entra.tenant))

    assert (answer.status, answer.problem) == (401, "unauthenticated")
    assert why in answer.document["detail"]
    assert answer.headers["WWW-Authenticate"].startswith('Bearer error="invalid_token", error_description="')


@pytest.mark.parametrize("service", APPS)
@pytest.mark.parametrize("version", [1, 2])
async def test_a_token_of_either_version_is_taken(service: str, version: int, entra: TenantEndpoint) -> None:
    tenant = entra.tenant
    issuer = tenant.issuer_of_version_1 if version == 1 else tenant.issuer

    async with guarded(service, entra) as world:
        answer = await world.ask(*LOOKS[service], tenant.token(AUDIENCE, ["read"], iss=issuer))

    assert answer.status == 200


async def test_a_clock_may_be_a_little_off(entra: TenantEndpoint) -> None:
    just_ended = entra.tenant.token(AUDIENCE, ["read"], exp=int(time.time()) - 20)
    begins_soon = entra.tenant.token(AUDIENCE, ["read"], nbf=int(time.time()) + 20, iat=int(time.time()) + 20)

    async with guarded("ingestor", entra) as world:
        answers = [await world.ask("GET", "/catalogue", token) for token in (just_ended, begins_soon)]

    assert [answer.status for answer in answers] == [200, 200]


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer ", "token"])
async def test_another_scheme_than_bearer_is_refused(header: str, entra: TenantEndpoint) -> None:
    async with (
        guarded("ingestor", entra) as world,
        world.session.get("/catalogue", headers={"Authorization": header}) as answer,
    ):
        assert answer.status == 401


async def test_two_tokens_at_once_are_refused(entra: TenantEndpoint) -> None:
    token = f"Bearer {entra.tenant.token(AUDIENCE, ['read'])}"

    async with (
        guarded("ingestor", entra) as world,
        world.session.get("/catalogue", headers=[("Authorization", token)] * 2) as answer,
    ):
        assert answer.status == 401


async def test_a_token_in_the_query_counts_for_nothing(entra: TenantEndpoint) -> None:
    async with guarded("ingestor", entra) as world:
        answer = await world.ask("GET", f"/catalogue?access_token={entra.tenant.token(AUDIENCE, ['read'])}")

    assert answer.status == 401
