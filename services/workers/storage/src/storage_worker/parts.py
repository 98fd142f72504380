"""What the storage worker is made of, by its settings. The SDKs of Azure are imported where they are used."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from dishka import Provider, Scope

from durable.adapters.clock import SystemClock
from durable.ports import Clock
from durable.settings import Environment
from durable.worker.run import WorkerParts
from durable.worker.threads import Threads
from storage_worker.links import Links, LinksOfStores
from storage_worker.providers.embedded_links import KEY_BYTES_MIN, EmbeddedLinks
from storage_worker.providers.embedded_tables import EmbeddedTables
from storage_worker.settings import StorageSettings, storage_settings
from storage_worker.tables import Tables


def storage_parts(environment: Environment) -> WorkerParts:
    """Compose the worker; faults of its settings are kept in the environment."""
    settings = storage_settings(environment)
    key = settings.link_key or secrets.token_bytes(KEY_BYTES_MIN)
    embedded = EmbeddedLinks(key, settings.link_base, SystemClock())
    return WorkerParts((tables_provider(settings), links_provider(settings, embedded)), embedded.routes)


def tables_provider(settings: StorageSettings) -> Provider:
    """Provide `Tables` as the settings say, closed when the worker stops."""

    async def at_azure() -> AsyncIterator[Tables]:
        from storage_worker.providers.azure_tables import azure_tables

        async with azure_tables(settings.tables_url, settings.client_id) as tables:
            yield tables

    def embedded(threads: Threads) -> Tables:
        return EmbeddedTables(settings.tables_file, threads)

    provider = Provider(scope=Scope.APP)
    provider.provide(at_azure if settings.tables_provider == "azure" else embedded)
    return provider


def links_provider(settings: StorageSettings, embedded: EmbeddedLinks) -> Provider:
    """Provide `Links`: of each store those of its kind, closed when the worker stops."""

    async def of_stores(clock: Clock) -> AsyncIterator[Links]:
        links: dict[str, Links] = dict.fromkeys(settings.stores, embedded)
        async with AsyncExitStack() as opened:
            for name, url in settings.stores.items():
                if url.startswith("az://"):
                    from storage_worker.providers.azure_links import azure_links

                    links[name] = await opened.enter_async_context(azure_links(url, settings.client_id, clock))
            yield LinksOfStores(links)

    provider = Provider(scope=Scope.APP)
    provider.provide(of_stores)
    return provider
