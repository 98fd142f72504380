"""Signed URLs of Blob Storage: shared access signatures by a key that the service delegates to an identity.

The account has no shared keys. What is signed can be read, nothing else, and no longer than the key is good for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials_async import AsyncTokenCredential
from azure.identity.aio import DefaultAzureCredential
from azure.storage.blob import generate_blob_sas
from azure.storage.blob.aio import BlobServiceClient

from contracts.locations import Location
from durable.ports import Clock
from storage_worker.providers.azure_failures import telling

PATIENCE = {"retry_total": 0, "connection_timeout": 10, "read_timeout": 30}


@asynccontextmanager
async def azure_links(store_url: str, client_id: str, clock: Clock) -> AsyncIterator[AzureLinks]:
    """Open what signs addresses of a store at `az://account/container`, by identity."""
    parts = urlsplit(store_url)
    async with DefaultAzureCredential(managed_identity_client_id=client_id or None) as credential:
        account = f"https://{parts.netloc}.blob.core.windows.net"
        links = AzureLinks(account, parts.path.strip("/"), credential, clock)
        try:
            yield links
        finally:
            await links.close()


class AzureLinks:
    """Signs addresses of one container, reached at the `url` of its account; `options` go to the SDK."""

    def __init__(
        self, url: str, container: str, credential: AsyncTokenCredential, clock: Clock, **options: Any
    ) -> None:
        self._service = BlobServiceClient(url, credential=credential, **{**PATIENCE, **options})
        self._container = container
        self._clock = clock

    async def url(self, location: Location, lifetime: timedelta) -> str:
        now = self._clock.now()
        with telling(f"the account of store {location.store!r}"):
            key = await self._service.get_user_delegation_key(now, now + lifetime)
        # No start: a clock that is a little ahead of the service's would make an address that is not valid yet.
        signature = generate_blob_sas(
            str(self._service.account_name),
            self._container,
            location.name,
            user_delegation_key=key,
            permission="r",
            expiry=now + lifetime,
        )
        return f"{self._service.get_blob_client(self._container, location.name).url}?{signature}"

    async def close(self) -> None:
        """Close the connections."""
        await self._service.close()
