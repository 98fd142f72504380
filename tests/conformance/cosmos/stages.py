"""Where Cosmos DB cases play: local endpoints in this process, or the account of a connection string.

1. Cases share one database, which is made before the first and deleted after the last, and the containers that may be
   shared. A container of a case's own is made before it and deleted after it.
2. Locally, a case that waits has an endpoint of its own, whose clock it puts forward: no other case may feel that.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from os import environ
from threading import Lock
from typing import Any
from uuid import uuid4

from azure.cosmos import CosmosClient as SyncClient
from azure.cosmos.aio import ContainerProxy, CosmosClient, DatabaseProxy

from emulators.cosmos import CosmosEndpoint
from tests.conformance.cases import Case
from tests.conformance.cosmos.account import Account, Time
from tests.conformance.cosmos.containers import SHARED, Needed

PATIENCE_SECONDS = float(environ.get("CONFORMANCE_PATIENCE", "60"))


class RealTime:
    """The time of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def pass_time(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class StillTime:
    """The time of a local endpoint that stands still until it is put forward."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC).replace(microsecond=0)

    def now(self) -> datetime:
        return self._now

    async def pass_time(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class Play:
    """An account, with a database for the cases that play in it."""

    def __init__(self, connection_string: str, client: CosmosClient, time: Time) -> None:
        self.run = f"conformance-{uuid4().hex[:8]}"
        self._connection_string = connection_string
        self._client = client
        self._time = time
        self._lock = Lock()
        self._made: SyncClient | None = None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Play"]:
        """With a database, and the shared container in it."""
        database = await self._client.create_database(self.run)
        try:
            await database.create_container("shared", **SHARED.options)
            yield self
        finally:
            await self._client.delete_database(database)
            if self._made is not None:
                self._made.close()

    @asynccontextmanager
    async def world(self, case: Case) -> AsyncIterator[list[Any]]:
        key = f"{case.name[:40]}-{uuid4().hex[:8]}"
        database = self._client.get_database_client(self.run)
        containers = [await _made(database, need, f"{key}-{at}") for at, need in enumerate(case.needs)]
        try:
            yield [Account(self._client, self._sync, self.run, key, self._time), *containers]
        finally:
            own = [one for one, need in zip(containers, case.needs, strict=True) if not need.is_shared]
            await asyncio.gather(*map(database.delete_container, own))

    def _sync(self) -> SyncClient:
        """The client without asyncio, which is made in the thread of the first who asks."""
        with self._lock:
            if self._made is None:
                self._made = SyncClient.from_connection_string(self._connection_string)
            return self._made


class LocalStage:
    """One endpoint for the cases that don't wait; one for each of the others."""

    def __init__(self, play: Play) -> None:
        self._play = play

    def passes_over(self, _: Case) -> str:
        return ""

    @asynccontextmanager
    async def world(self, case: Case) -> AsyncIterator[list[Any]]:
        if not case.waits:
            async with self._play.world(case) as arguments:
                yield arguments
            return
        time = StillTime()
        async with (
            CosmosEndpoint(clock=time.now) as endpoint,
            _playing(endpoint.connection_string, time) as play,
            play.world(case) as arguments,
        ):
            yield arguments


class RealStage:
    """An account somewhere else."""

    def __init__(self, play: Play) -> None:
        self.world = play.world

    def passes_over(self, case: Case) -> str:
        if case.waits <= PATIENCE_SECONDS:
            return ""
        return f"waits {case.waits:g} seconds, CONFORMANCE_PATIENCE allows {PATIENCE_SECONDS:g}"


@asynccontextmanager
async def stage(_: Sequence[Case], connection_string: str | None) -> AsyncIterator[LocalStage | RealStage]:
    """The stage for cases of one run."""
    if connection_string is not None:
        async with _playing(connection_string, RealTime()) as play:
            yield RealStage(play)
        return
    async with CosmosEndpoint() as endpoint, _playing(endpoint.connection_string, RealTime()) as play:
        yield LocalStage(play)


@asynccontextmanager
async def _playing(connection_string: str, time: Time) -> AsyncIterator[Play]:
    async with (
        CosmosClient.from_connection_string(connection_string) as client,
        Play(connection_string, client, time).opened() as play,
    ):
        yield play


async def _made(database: DatabaseProxy, need: Needed, name: str) -> ContainerProxy:
    if need.is_shared:
        return database.get_container_client("shared")
    made: ContainerProxy = await database.create_container(name, **need.options)
    return made
