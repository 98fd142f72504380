"""The world of a Cosmos DB case: the clients of the vendor's SDK, a partition of its own, and time that passes."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol, TypeVar

import pytest
from azure.core.utils import CaseInsensitiveDict
from azure.cosmos import CosmosClient as SyncClient
from azure.cosmos import exceptions
from azure.cosmos.aio import ContainerProxy, CosmosClient, DatabaseProxy

Result = TypeVar("Result")


class Time(Protocol):
    """The time of the service."""

    def now(self) -> datetime:
        """The time, in UTC."""

    async def pass_time(self, seconds: float) -> None:
        """Let time pass at the service."""


class Account:
    """What a case can do. `key` is a value of the partition key that no other case uses."""

    def __init__(
        self, client: CosmosClient, sync: Callable[[], SyncClient], database: str, key: str, time: Time
    ) -> None:
        self.client = client
        self.key = key
        self._sync = sync
        self._database = database
        self._time = time

    @property
    def database(self) -> DatabaseProxy:
        """The database of this run."""
        return self.client.get_database_client(self._database)

    @property
    def url(self) -> str:
        """The address of the account."""
        return str(self.client.client_connection.url_connection)

    async def in_thread(self, container: ContainerProxy, act: Callable[[Any], Result]) -> Result:
        """What an act gives that gets the same container by the client without asyncio."""

        def run() -> Result:
            return act(self._sync().get_database_client(self._database).get_container_client(container.id))

        return await asyncio.to_thread(run)

    def item(self, name: str, /, **more: Any) -> dict[str, Any]:
        """An item of the case's own partition."""
        return {"id": name, "pk": self.key, **more}

    async def fill(self, container: ContainerProxy, *items: dict[str, Any]) -> None:
        """Create items, in this order within each partition."""
        partitions: dict[Any, list[Any]] = {}
        for item in items:
            partitions.setdefault(item["pk"], []).append(("create", (item,)))
        for key, operations in partitions.items():
            await container.execute_item_batch(operations, key)

    async def query(self, container: ContainerProxy, sql: str, **options: Any) -> list[Any]:
        """All results of a query in the case's own partition."""
        return await everything(container.query_items(sql, partition_key=self.key, **options))

    def now(self) -> datetime:
        """The time of the service."""
        return self._time.now()

    async def pass_time(self, seconds: float) -> None:
        """Let time pass at the service; a case says how much with `waits`."""
        await self._time.pass_time(seconds)


class Heard:
    """Notes the headers of answers: give it as `response_hook`."""

    def __init__(self) -> None:
        self.headers = CaseInsensitiveDict()

    def __call__(self, headers: Any, _body: Any = None) -> None:
        self.headers = CaseInsensitiveDict(headers)


async def everything(found: AsyncIterable[Any]) -> list[Any]:
    """All results, in their order."""
    return [entry async for entry in found]


async def ids(found: AsyncIterable[Any]) -> list[str]:
    """The ids of all items, sorted."""
    return sorted([item["id"] async for item in found])


async def first_page(pages: Any) -> list[Any]:
    """The results of the next page of what `by_page` gave."""
    return await everything(await anext(pages))


async def refused(doing: Awaitable[object]) -> exceptions.CosmosHttpResponseError:
    """The error with which the service refuses."""
    with pytest.raises(exceptions.CosmosHttpResponseError) as caught:
        await doing
    return caught.value
