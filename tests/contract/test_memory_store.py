from dataclasses import dataclass, field

import pytest

from durable.adapters.memory import MemoryStore
from tests.contract.heads_contract import HeadsContract
from tests.contract.store_contract import WritingContract


@dataclass(frozen=True)
class MemoryStoreWorld:
    store: MemoryStore = field(default_factory=MemoryStore)


@pytest.fixture
def world() -> MemoryStoreWorld:
    return MemoryStoreWorld()


class TestWritingInMemory(WritingContract):
    pass


class TestHeadsInMemory(HeadsContract):
    pass
