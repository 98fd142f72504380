from dataclasses import dataclass, field

import pytest

from durable.adapters.memory import MemoryObjects
from tests.contract.objects_contract import ObjectsContract


@dataclass(frozen=True)
class MemoryObjectsWorld:
    objects: MemoryObjects = field(default_factory=MemoryObjects)


@pytest.fixture
def world() -> MemoryObjectsWorld:
    return MemoryObjectsWorld()


class TestObjectsInMemory(ObjectsContract):
    pass
