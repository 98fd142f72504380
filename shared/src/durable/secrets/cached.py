"""Secrets as handlers ask for them: by name, kept in memory for a while, asked for once at a time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from weakref import WeakValueDictionary

from durable.errors import RetryAfter, SecretNotFound, SecretRefused, SecretsUnavailable
from durable.failure import qualified_name
from durable.ports import Clock
from durable.secrets.secret import Secret, check_secret_name

KEPT_MAX: Final = 1000
_Key = tuple[str, str | None]
_OUR_WORDS = (SecretNotFound, SecretRefused, SecretsUnavailable)


class Secrets(Protocol):
    """Gives secrets by name: what handlers get injected."""

    async def get(self, name: str, version: str | None = None) -> Secret:
        """Give a secret, in its newest version unless told.

        Raises:
            InvalidName: name or version are not legal.
            SecretNotFound: there is no such secret, or no such version.
            SecretRefused: it is there, but not for this service; or it is disabled.
            SecretsUnavailable: the vault did not answer; try again.
            RetryAfter: it asks to be left alone for so long.
        """


class SecretSource(Protocol):
    """Where secrets lie. Errors as those of `Secrets`; what else it raises counts as `SecretsUnavailable`."""

    @property
    def vault(self) -> str:
        """What references call it."""

    async def read(self, name: str, version: str | None) -> Secret:
        """Look a secret up."""

    async def close(self) -> None:
        """Let go of what it holds."""


@dataclass(frozen=True, slots=True)
class _Kept:
    secret: Secret
    until: datetime


class CachedSecrets:
    """Secrets of one source, each kept for `lifetime`: for so long after a change may the old value be given.

    What is not found is asked for again each time. `KEPT_MAX` are kept at most.
    """

    def __init__(self, source: SecretSource, clock: Clock, lifetime: timedelta) -> None:
        self._source = source
        self._clock = clock
        self._lifetime = lifetime
        self._kept: dict[_Key, _Kept] = {}
        self._asking: WeakValueDictionary[_Key, asyncio.Lock] = WeakValueDictionary()

    async def get(self, name: str, version: str | None = None) -> Secret:
        check_secret_name(name, version)
        key = (name, version)
        lock = self._asking.setdefault(key, asyncio.Lock())
        async with lock:
            kept = self._kept.get(key)
            if kept is not None and self._clock.now() < kept.until:
                return kept.secret
            secret = await self._read(name, version)
            self._keep(key, secret)
            return secret

    async def close(self) -> None:
        """Forget everything, and close the source."""
        self._kept.clear()
        await self._source.close()

    async def _read(self, name: str, version: str | None) -> Secret:
        """Read, and tell of errors in words of our own, without what led to them: that may quote the value."""
        try:
            return await self._source.read(name, version)
        except _OUR_WORDS:
            raise
        except RetryAfter as error:
            told: Exception = RetryAfter(error.delay, f"{self._source.vault} asks to be left alone for {error.delay}")
        except Exception as error:  # A source may be anybody's code.
            told = SecretsUnavailable(self._source.vault, qualified_name(type(error)))
        raise told

    def _keep(self, key: _Key, secret: Secret) -> None:
        self._kept.pop(key, None)
        self._kept[key] = _Kept(secret, self._clock.now() + self._lifetime)
        while len(self._kept) > KEPT_MAX:
            del self._kept[next(iter(self._kept))]
