"""What a tenant is: an id, keys with which it signs, and the claims that its tokens have.

1. Keys live in memory alone: a token is good for as long as the process runs that made it. The first key is made once,
   as that takes a while.
2. The newest key signs; older ones are published until they are withdrawn, as while a tenant changes its keys.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

TENANT_ID = "00000000-0000-4000-8000-000000000000"
KEY_BITS = 2048
TOKEN_SECONDS = 3600


@dataclass(frozen=True)
class Key:
    """A key and the id under which it is published."""

    id: str
    private: rsa.RSAPrivateKey

    def published(self) -> dict[str, Any]:
        """The public half as a tenant shows it."""
        shown = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        return {"kty": "RSA", "use": "sig", "kid": self.id, "n": shown["n"], "e": shown["e"]}


class Tenant:
    """A tenant whose authority is at `authority`, an address without a slash at the end."""

    def __init__(self, authority: str, id: str = TENANT_ID) -> None:
        self.authority = authority
        self.id = id
        self.keys = [_first_key()]

    @property
    def issuer(self) -> str:
        """The issuer of its tokens of version 2."""
        return f"{self.authority}/{self.id}/v2.0"

    @property
    def issuer_of_version_1(self) -> str:
        """The issuer of its tokens of version 1."""
        return f"https://sts.windows.net/{self.id}/"

    def rotate(self) -> Key:
        """Begin to sign with a new key; the others are published still."""
        key = _new_key(len(self.keys) + 1)
        self.keys.append(key)
        return key

    def token(self, audience: str, roles: Sequence[str] = (), *, key: Key | None = None, **changed: object) -> str:
        """A token for an audience with these roles, signed with the newest key or `key`.

        What is `changed` stands in the claims as given; a claim that is None is left out.
        """
        return self.token_with(audience, {"roles": list(roles), **changed}, key)

    def token_with(self, audience: str, changed: Mapping[str, object], key: Key | None = None) -> str:
        """A token with the claims that each has, and these; it has no roles but by them."""
        now = int(time.time())
        claims: dict[str, object] = {
            "aud": audience,
            "iss": self.issuer,
            "iat": now,
            "nbf": now,
            "exp": now + TOKEN_SECONDS,
            "oid": "a caller",
            "tid": self.id,
            "ver": "2.0",
        }
        kept = {name: value for name, value in {**claims, **changed}.items() if value is not None}
        signing = key or self.keys[-1]
        return jwt.encode(kept, signing.private, algorithm="RS256", headers={"kid": signing.id})

    def configuration(self) -> dict[str, Any]:
        """The OpenID configuration, as far as it is for who checks tokens or asks for one."""
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{self.authority}/{self.id}/discovery/v2.0/keys",
            "token_endpoint": f"{self.authority}/{self.id}/oauth2/v2.0/token",
        }

    def key_set(self) -> dict[str, Any]:
        """The public halves of its keys."""
        return {"keys": [key.published() for key in self.keys]}


@cache
def _first_key() -> Key:
    return _new_key(1)


def _new_key(number: int) -> Key:
    return Key(f"key-{number}", rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS))
