"""A storage worker with its embedded providers, over two folders."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web
from dishka import Provider, Scope

from durable.adapters.memory import ManualClock
from durable.adapters.objects import objects_from
from durable.objects import ObjectStore
from durable.ports import Clock
from durable.stores import ObjectStores
from durable.worker.threads import Threads
from storage_worker.handlers import worker
from storage_worker.links import Links, LinksOfStores
from storage_worker.providers.embedded_links import EmbeddedLinks
from storage_worker.providers.embedded_tables import EmbeddedTables
from storage_worker.tables import Tables
from tests.support.handlers import Calls, calls_to

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@dataclass(frozen=True)
class StorageWorld:
    """The worker and its stores: `main` (which `alias` names too) and `archive`; `url` is where it serves links."""

    calls: Calls
    main: ObjectStore
    archive: ObjectStore
    archive_folder: Path
    clock: ManualClock
    url: str


@asynccontextmanager
async def a_storage_world(folder: Path, links: Links | None = None) -> AsyncIterator[StorageWorld]:
    """Run the worker; `links` sign addresses in place of its own."""
    main, archive = objects_from((folder / "main").as_uri()), objects_from((folder / "archive").as_uri())
    stores = ObjectStores(main, {"archive": archive, "alias": main})
    clock = ManualClock(NOON)
    app = web.Application()
    runner = web.AppRunner(app, access_log=None)
    embedded = EmbeddedLinks(b"k" * 32, "", clock)
    app.add_routes(embedded.routes(stores))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    embedded.base = url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    provider = Provider(scope=Scope.APP)
    provider.provide(lambda: stores, provides=ObjectStores)
    provider.provide(lambda: clock, provides=Clock)
    signing = LinksOfStores(dict.fromkeys(("main", "archive", "alias"), links or embedded))
    provider.provide(lambda: signing, provides=Links)

    def embedded_tables(threads: Threads) -> Tables:
        return EmbeddedTables(folder / "tables.sqlite", threads)

    provider.provide(embedded_tables)
    try:
        async with calls_to(worker, main, provider) as calls:
            yield StorageWorld(calls, main, archive, folder / "archive", clock, url)
    finally:
        await runner.cleanup()
