"""What a client shows a service to be let in: a token of an identity, asked for anew before it ends."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any, Protocol

from durable.settings import is_safe_address

RENEWED_BEFORE = timedelta(minutes=5)


class AccessToken(Protocol):
    """A token, and when it ends in seconds since the epoch."""

    @property
    def token(self) -> str: ...

    @property
    def expires_on(self) -> int: ...


class Credential(Protocol):
    """What gives tokens: any `AsyncTokenCredential` of `azure-identity`, as `DefaultAzureCredential`."""

    async def get_token(self, *scopes: str, **more: Any) -> AccessToken:
        """Give a token for a scope, as `api://durable/.default`."""
        ...


class Bearer:
    """The header `Authorization` of a client."""

    def __init__(self, credential: Credential, scope: str) -> None:
        self._credential = credential
        self._scope = scope
        self._asking = asyncio.Lock()
        self._header = ""
        self._until = 0.0

    async def header(self) -> str:
        """Give the header, with a token that is good for some minutes more; errors are those of the credential."""
        async with self._asking:
            if time.time() >= self._until:
                token = await self._credential.get_token(self._scope)
                self._header = f"Bearer {token.token}"
                self._until = token.expires_on - RENEWED_BEFORE.total_seconds()
            return self._header


def bearer_for(base_url: str, credential: Credential | None, scope: str) -> Bearer | None:
    """Give what a client of a service shows, if anything.

    Raises:
        ValueError: a credential without a scope or the other way round, or the token would travel in clear.
    """
    if (credential is None) != (not scope):
        raise ValueError(
            "expected credential and scope together, as in scope='api://durable/.default'; found one of them"
        )
    if credential is None:
        return None
    if not is_safe_address(base_url):
        raise ValueError(f"expected https://, or http:// of this machine, as a token is sent there; found {base_url!r}")
    return Bearer(credential, scope)
