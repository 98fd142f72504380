from dataclasses import dataclass
from datetime import timedelta
from itertools import count

import pytest

from durable.adapters.memory import LoopClock, MemoryBroker, read_entities
from durable.ports import Broker
from tests.contract.broker_contract import SendingContract
from tests.contract.sessions_contract import SessionsContract
from tests.contract.settling_contract import ReceivingContract
from tests.support.broker_world import EntityNames, topology


@dataclass(frozen=True)
class MemoryWorld(EntityNames):
    broker: MemoryBroker
    clock: LoopClock

    async def other_process(self) -> Broker:
        return self.broker

    async def pass_time(self, by: timedelta) -> None:
        self.clock.advance(by)


@pytest.fixture
async def world() -> MemoryWorld:
    clock = LoopClock()
    return MemoryWorld(count(), MemoryBroker(read_entities(topology()), clock), clock)


class TestSendingInMemory(SendingContract):
    pass


class TestReceivingInMemory(ReceivingContract):
    pass


class TestSessionsInMemory(SessionsContract):
    pass
