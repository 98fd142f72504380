"""The keys with which a tenant signs its tokens, kept fresh.

1. They are asked for at the start, then twice a day, and when a token names a key that is not known: then at most
   once in `PAUSE_SECONDS`, however many such tokens come, and by one request for all of them.
2. What was learnt stays until something better is learnt: a tenant that does not answer harms no token of a key that is
   known. Whether a token of another key is good can't be said then; that is `KeysUnavailable`, not a refusal.
3. Answers are bounded in time and size, redirects are not followed, and keys come from where the configuration says,
   if that is as safe as the authority.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from durable.errors import TransientError
from durable.health import Health
from durable.http.tenant import Tenant
from durable.settings import is_safe_address

PART = "tokens"
FRESH = timedelta(hours=12)
PAUSE_SECONDS = 30.0
RETRY_SECONDS = 5.0
PATIENCE_SECONDS = 10.0
ANSWER_BYTES_MAX = 1_000_000
KEYS_MAX = 100
KEY_BITS_MIN = 2048

_log = logging.getLogger(__name__)


class KeysUnavailable(TransientError):
    """The tenant does not say with which keys it signs; the text says why."""


class SigningKeys:
    """Keeps the keys of one tenant."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._keys: Mapping[str, RSAPublicKey] = {}
        self._asking = asyncio.Lock()
        self._fault: KeysUnavailable | None = None
        self._asked = 0
        self._next_at = 0.0

    async def find(self, id: str) -> RSAPublicKey | None:
        """Give a key by its id; `None` if the tenant has no such key.

        Raises:
            KeysUnavailable: it is not known, and the tenant could not be asked.
        """
        key = self._keys.get(id)
        if key is not None:
            return key
        await self._ask_unless_just_asked()
        key = self._keys.get(id)
        if key is None and self._fault is not None:
            raise KeysUnavailable(str(self._fault))
        return key

    async def keep_fresh(self, health: Health) -> None:
        """Ask now and then, for as long as it runs; the service is ready from the first answer on."""
        while True:
            await self.ask()
            if self._fault is None:
                health.ready(PART)
            elif not self._keys:
                health.not_ready(PART, str(self._fault))
            await asyncio.sleep(FRESH.total_seconds() if self._fault is None else RETRY_SECONDS)

    async def ask(self) -> None:
        """Ask the tenant; if it gives none, the keys stay those that are known."""
        async with self._asking:
            await self._ask()

    async def _ask_unless_just_asked(self) -> None:
        asked = self._asked
        async with self._asking:
            if self._asked == asked and time.monotonic() >= self._next_at:
                await self._ask()

    async def _ask(self) -> None:
        try:
            self._keys = await _keys_of(self._tenant)
        except KeysUnavailable as error:
            _log.warning("%s", error)
            self._fault = error
        else:
            self._fault = None
        self._asked += 1
        self._next_at = time.monotonic() + (PAUSE_SECONDS if self._fault is None else RETRY_SECONDS)


async def _keys_of(tenant: Tenant) -> Mapping[str, RSAPublicKey]:
    timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        configuration = await _document(session, tenant.configuration_url)
        if configuration.get("issuer") != tenant.issuer:
            found = repr(configuration.get("issuer"))[:200]
            raise _unavailable(tenant.configuration_url, f"it is of issuer {found}, {tenant.issuer!r} was expected")
        url = str(configuration.get("jwks_uri", ""))
        if not is_safe_address(url):
            raise _unavailable(tenant.configuration_url, f"expected jwks_uri at https://, found {url[:200]!r}")
        return _read_keys(url, await _document(session, url))


async def _document(session: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    try:
        async with session.get(url, allow_redirects=False) as answer:
            if answer.status != 200:
                raise _unavailable(url, f"the answer was {answer.status}")
            body = bytearray()
            async for chunk in answer.content.iter_any():
                body += chunk
                if len(body) > ANSWER_BYTES_MAX:
                    raise _unavailable(url, f"the answer is larger than {ANSWER_BYTES_MAX} bytes")
        document = orjson.loads(body)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise _unavailable(url, f"{type(error).__name__}: {error}") from error
    if not isinstance(document, dict):
        raise _unavailable(url, "expected a JSON object")
    return document


def _read_keys(url: str, document: dict[str, Any]) -> Mapping[str, RSAPublicKey]:
    listed = document.get("keys")
    found: dict[str, RSAPublicKey] = {}
    for record in listed[:KEYS_MAX] if isinstance(listed, list) else ():
        key = _read_key(record)
        if key is not None and key.key_size >= KEY_BITS_MIN:
            found[str(record.get("kid"))] = key
    if not found:
        raise _unavailable(url, f"expected RSA keys of {KEY_BITS_MIN} bits or more with an id, found none")
    return found


def _read_key(record: object) -> RSAPublicKey | None:
    if not isinstance(record, dict) or record.get("kty") != "RSA" or not isinstance(record.get("kid"), str):
        return None
    try:
        key = jwt.algorithms.RSAAlgorithm.from_jwk(record)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return key if isinstance(key, RSAPublicKey) else None


def _unavailable(url: str, why: str) -> KeysUnavailable:
    return KeysUnavailable(f"expected the keys of the tenant from {url}: {why}")
