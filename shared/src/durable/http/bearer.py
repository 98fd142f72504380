"""Who a caller is, by the token that a request brings.

1. A token is signed with RS256 by a key of the tenant, of one of its issuers, for this service, and not out of time by
   more than `LEEWAY`. What it says otherwise counts for nothing.
2. A token that was found good is known by its hash until it ends: a caller sends the same one for an hour or so, and a
   signature costs more than all the rest of a small request.
3. A refusal says what is wrong with the token, never what it holds.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt

from durable.http.problem import Problem, ProblemType, unavailable
from durable.http.signing_keys import RETRY_SECONDS, KeysUnavailable, SigningKeys
from durable.http.tenant import Tenant

ALGORITHM = "RS256"
LEEWAY = timedelta(seconds=60)
KNOWN_MAX = 4096

_REQUIRED = ("exp", "iss", "aud")
_WHY: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
    (jwt.ExpiredSignatureError, "the token has ended"),
    (jwt.ImmatureSignatureError, "the token is not valid yet"),
    (jwt.InvalidIssuerError, "the token is not of this tenant"),
    (jwt.InvalidAudienceError, "the token is for another audience"),
    (jwt.InvalidSignatureError, "the token is not signed by the key that it names"),
    (jwt.MissingRequiredClaimError, "the token lacks one of the claims exp, iss and aud"),
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: object id in the tenant, roles, and when that ends, in seconds since the epoch."""

    id: str
    roles: frozenset[str]
    ends: float


class Callers:
    """Knows callers of one tenant by their tokens."""

    def __init__(self, tenant: Tenant, keys: SigningKeys) -> None:
        self._tenant = tenant
        self._keys = keys
        self._known: dict[bytes, Caller] = {}

    async def identify(self, headers: Iterable[tuple[bytes, bytes]]) -> Caller:
        """Tell who sent a request with these headers.

        Raises:
            Problem: it has no token, or none that counts, or that can't be said now.
        """
        token = _token_in([value for name, value in headers if name == b"authorization"])
        digest = hashlib.sha256(token).digest()
        caller = self._known.get(digest)
        if caller is None or caller.ends <= time.time():
            caller = await self._verify(token)
            self._remember(digest, caller)
        return caller

    def _remember(self, digest: bytes, caller: Caller) -> None:
        self._known.pop(digest, None)
        if len(self._known) >= KNOWN_MAX:
            del self._known[next(iter(self._known))]
        self._known[digest] = caller

    async def _verify(self, token: bytes) -> Caller:
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            raise refused("expected a JSON Web Token") from error
        if header.get("alg") != ALGORITHM:
            raise refused(f"the token is not signed with {ALGORITHM}")
        try:
            key = await self._keys.find(str(header.get("kid")))
        except KeysUnavailable as error:
            raise unavailable(f"no token can be judged: {error}", retry_after_seconds=int(RETRY_SECONDS)) from error
        if key is None:
            raise refused("the token names a key that the tenant does not have")
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=self._tenant.audiences,
                issuer=self._tenant.issuers,
                leeway=LEEWAY,
                options={"require": list(_REQUIRED)},
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise refused(next((why for kind, why in _WHY if isinstance(error, kind)), "malformed token")) from error
        return _caller_of(claims)


def refused(why: str) -> Problem:
    """Give the problem of a token that does not count."""
    challenge = f'Bearer error="invalid_token", error_description="{why}"'
    return Problem(ProblemType.UNAUTHENTICATED, why, headers={"WWW-Authenticate": challenge})


def _token_in(values: list[bytes]) -> bytes:
    if not values:
        raise Problem(
            ProblemType.UNAUTHENTICATED,
            "expected header Authorization with `Bearer` and a token of Microsoft Entra ID; found none",
            headers={"WWW-Authenticate": "Bearer"},
        )
    scheme, _, token = values[0].partition(b" ")
    if len(values) > 1 or scheme.lower() != b"bearer" or not token.strip():
        raise refused("expected one header Authorization with Bearer and a token")
    return token.strip()


def _caller_of(claims: dict[str, Any]) -> Caller:
    roles = claims.get("roles")
    held = frozenset(role for role in roles if isinstance(role, str)) if isinstance(roles, list) else frozenset()
    id = claims.get("oid") or claims.get("sub") or ""
    return Caller(str(id), held, float(claims["exp"]) + LEEWAY.total_seconds())
