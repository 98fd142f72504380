"""The identity by which the language worker asks Azure: never a key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from azure.core.credentials_async import AsyncTokenCredential
from azure.identity.aio import DefaultAzureCredential


def identity(client_id: str) -> Callable[[], AsyncIterator[AsyncTokenCredential]]:
    """Give what makes the credential of this process, and closes it."""

    async def credential() -> AsyncIterator[AsyncTokenCredential]:
        async with DefaultAzureCredential(managed_identity_client_id=client_id or None) as made:
            yield made

    return credential
