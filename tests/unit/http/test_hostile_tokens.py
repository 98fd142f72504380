"""Whatever a caller sends as a token is refused as such: no other error, and nobody is let in."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from durable.http.bearer import Callers
from durable.http.problem import Problem
from durable.http.signing_keys import SigningKeys
from durable.http.tenant import Tenant as Trusted
from emulators.tenant.tenant import Tenant

LOCAL = Tenant("http://127.0.0.1:1")
TRUSTED = Trusted(LOCAL.id, ("api://durable",), LOCAL.authority)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={"alg": st.sampled_from(["RS256", "none", "HS256"]) | JSON, "kid": st.just("key-1") | JSON, "crit": JSON},
)


class KnownKeys(SigningKeys):
    """Keys that are there already."""

    async def find(self, id: str) -> RSAPublicKey | None:
        return LOCAL.keys[0].private.public_key() if id == "key-1" else None


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def judged(token: bytes) -> None:
    """Drive it by hand: nothing of it waits."""
    steps = Callers(TRUSTED, KnownKeys(TRUSTED)).identify([(b"authorization", b"Bearer " + token)])
    with pytest.raises(Problem) as caught:
        steps.send(None)
    assert caught.value.type.status == 401


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(token: bytes) -> None:
    judged(token)


@settings(deadline=None)
@given(HEADERS | JSON, JSON, st.binary(max_size=300))
def test_anything_that_looks_like_a_token_is_refused(header: Any, claims: Any, signature: bytes) -> None:
    ending = base64.urlsafe_b64encode(signature).decode().rstrip("=")

    judged(f"{encoded(header)}.{encoded(claims)}.{ending}".encode())


def damaged(token: str) -> Iterator[str]:
    for place in range(0, len(token), 7):
        other = "A" if token[place] != "A" else "B"
        yield token[:place] + other + token[place + 1 :]


def test_a_good_token_is_refused_once_a_character_of_it_is_another() -> None:
    for token in damaged(LOCAL.token("api://durable", ["read"])):
        judged(token.encode())
