from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient, DatabaseProxy

from durable.adapters.memory import ManualClock
from emulators.cosmos import CosmosEndpoint

INDEXING: Any = {
    "indexingMode": "consistent",
    "includedPaths": [{"path": "/kind/?"}, {"path": "/rank/?"}],
    "excludedPaths": [{"path": "/*"}],
}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2031, 5, 1, 12, tzinfo=UTC))


@pytest.fixture
async def endpoint(clock: ManualClock) -> AsyncIterator[CosmosEndpoint]:
    async with CosmosEndpoint(clock=clock.now) as started:
        yield started


@pytest.fixture
async def client(endpoint: CosmosEndpoint) -> AsyncIterator[CosmosClient]:
    async with CosmosClient(endpoint.url, credential=endpoint.key) as connected:
        yield connected


@pytest.fixture
async def database(client: CosmosClient) -> DatabaseProxy:
    return await client.create_database("shop")


@pytest.fixture
async def orders(database: DatabaseProxy) -> ContainerProxy:
    return await database.create_container(
        "orders", PartitionKey("/customer"), default_ttl=-1, indexing_policy=INDEXING
    )
