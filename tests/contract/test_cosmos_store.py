from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count

import pytest

from durable.adapters.cosmos import CosmosStore, store_from
from durable.settings import CosmosSettings
from tests.contract.heads_contract import HeadsContract
from tests.contract.store_contract import WritingContract
from tests.support.cosmos_endpoint import running_endpoint, settings_for

NAMES = count()


@dataclass(frozen=True)
class CosmosWorld:
    store: CosmosStore
    settings: CosmosSettings


@pytest.fixture
async def world() -> AsyncIterator[CosmosWorld]:
    async with running_endpoint() as endpoint:
        settings = settings_for(endpoint)
        store = await store_from(settings)
        yield CosmosWorld(store, settings)
        await store.close()
        await store.close()


class TestWritingToCosmos(WritingContract):
    pass


class TestHeadsInCosmos(HeadsContract):
    pass
