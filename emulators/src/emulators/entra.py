"""Tokens as Microsoft Entra ID gives them: JSON Web Tokens for one audience, with an end.

1. A token is checked for its audience and for its end, always; for its signature if `Entra` has keys.
2. Without keys any signature is taken, or none (`alg: none`): that is for tests which make their own tokens.
3. Keys are a JSON Web Key Set, as an identity provider publishes it: `{"keys": [...]}`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import jwt
from jwt.types import Options

# How far the clock of who gave the token may be ahead, in milliseconds.
_SKEW = 300_000
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "HS256")

# The times are those of the caller's clock; what else there is to check stands here.
_ONLY_SIGNATURE: Options = {
    "verify_aud": False,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_iss": False,
}


class TokenRefused(Exception):
    """The token opens nothing here; the text says why."""


class TokenExpired(TokenRefused):
    """The token has ended."""


class KeySetError(ValueError):
    """The key set can't be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Token:
    """What was found in a token that is good: whose it is, and when it ends, in milliseconds since the epoch."""

    subject: str
    expires_at: int
    claims: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Entra:
    """Which tokens are accepted. An audience counts without its trailing slashes and with regard to case."""

    audiences: tuple[str, ...]
    keys: jwt.PyJWKSet | None = None
    issuer: str | None = None

    def check(self, token: str, now: int) -> Token:
        """The content of a token that is good at `now`, in milliseconds since the epoch; raises `TokenRefused`."""
        claims = self._claims(token)
        self._check_audience(claims.get("aud"))
        if self.issuer is not None and claims.get("iss") != self.issuer:
            raise TokenRefused(f"The token is of issuer {claims.get('iss')!r}, '{self.issuer}' was expected.")
        _check_start(claims.get("nbf"), now)
        return Token(_subject(claims), _end(claims.get("exp"), now), claims)

    def _claims(self, token: str) -> Mapping[str, object]:
        try:
            if self.keys is None:
                claims = jwt.decode(token, options={"verify_signature": False})
            else:
                key = self._key(self.keys, jwt.get_unverified_header(token).get("kid"))
                claims = jwt.decode(token, key, algorithms=_ALGORITHMS, options=_ONLY_SIGNATURE)
        except jwt.InvalidSignatureError as cause:
            raise TokenRefused("The token was not signed with a key of the configured key set.") from cause
        except (jwt.PyJWTError, ValueError) as cause:
            raise TokenRefused(f"A JSON Web Token was expected: {cause}.") from cause
        return claims

    def _key(self, keys: jwt.PyJWKSet, name: object) -> jwt.PyJWK:
        for key in keys.keys:
            if name is None or key.key_id == name:
                return key
        known = ", ".join(repr(key.key_id) for key in keys.keys)
        raise TokenRefused(f"The token was signed with key {name!r}; the configured key set has {known}.")

    def _check_audience(self, found: object) -> None:
        given = [found] if isinstance(found, str) else found if isinstance(found, list) else []
        wanted = {audience.rstrip("/") for audience in self.audiences}
        if not any(isinstance(each, str) and each.rstrip("/") in wanted for each in given):
            raise TokenRefused(f"The token is for audience {found!r}, one of {', '.join(self.audiences)} was expected.")


def read_keys(path: Path) -> jwt.PyJWKSet:
    """The key set of a file; raises `KeySetError`."""
    try:
        return jwt.PyJWKSet.from_dict(json.loads(path.read_bytes()))
    except OSError as cause:
        raise KeySetError(f"key set {path}: can't be read: {cause.strerror}") from cause
    except (ValueError, LookupError, AttributeError, TypeError, jwt.PyJWTError) as cause:
        raise KeySetError(f"key set {path}: a JSON Web Key Set was expected: {cause}") from cause


def _subject(claims: Mapping[str, object]) -> str:
    return str(claims.get("sub") or claims.get("oid") or claims.get("appid") or "")


def _end(value: object, now: int) -> int:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TokenRefused(f"The token must say when it ends ('exp', seconds since the epoch), found {value!r}.")
    if value * 1000 <= now:
        raise TokenExpired(f"The token expired at {value:.0f} (seconds since the epoch).")
    return int(value * 1000)


def _check_start(value: object, now: int) -> None:
    if isinstance(value, (int, float)) and value * 1000 > now + _SKEW:
        raise TokenRefused(f"The token is not valid before {value:.0f} (seconds since the epoch).")
