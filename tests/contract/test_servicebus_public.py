from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from durable.adapters.servicebus import publicpath
from durable.errors import LockLost
from tests.contract.broker_contract import SendingContract
from tests.contract.servicebus_hazards import HazardsContract
from tests.contract.sessions_contract import SessionsContract
from tests.contract.settling_contract import ReceivingContract
from tests.support.broker_world import some_messages, take
from tests.support.hurried_sdk import hurry_sdk
from tests.support.servicebus_endpoint import ServiceBusWorld, running_world


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ServiceBusWorld]:
    hurry_sdk(monkeypatch)
    async with running_world(tmp_path, fast=False) as world:
        yield world


class TestSendingByThePublicSurface(SendingContract):
    pass


class TestReceivingByThePublicSurface(ReceivingContract):
    pass


class TestSessionsByThePublicSurface(SessionsContract):
    pass


# A connection that broke is left open by the SDK until its objects are collected.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
class TestHazardsByThePublicSurface(HazardsContract):
    pass


async def test_a_worn_connection_is_replaced_before_its_management_link_dies(
    world: ServiceBusWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publicpath, "MANAGEMENT_OPERATIONS_MAX", 2)
    queue = world.fresh("plain")
    await world.broker.send(queue, some_messages(2))
    receiver = await world.broker.receiver(queue)
    one, two = await take(receiver, 2)

    for _ in range(3):
        await receiver.renew(one)

    await receiver.complete([one, two])


async def test_a_worn_connection_ends_its_session(world: ServiceBusWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publicpath, "MANAGEMENT_OPERATIONS_MAX", 2)
    session = await world.broker.session(world.fresh("sessions"), "a")
    for _ in range(2):
        await session.renew_session()

    with pytest.raises(LockLost):
        await session.renew_session()
