from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.broker_contract import SendingContract
from tests.contract.sessions_contract import SessionsContract
from tests.contract.settling_contract import ReceivingContract
from tests.support.servicebus_endpoint import ServiceBusWorld, running_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ServiceBusWorld]:
    async with running_world(tmp_path, fast=False) as world:
        yield world


class TestSendingByThePublicSurface(SendingContract):
    pass


class TestReceivingByThePublicSurface(ReceivingContract):
    pass


class TestSessionsByThePublicSurface(SessionsContract):
    pass
