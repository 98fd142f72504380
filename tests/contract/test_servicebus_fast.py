import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from azure.servicebus._pyamqp.aio import _link_async

from durable.adapters.servicebus.fastpath import wire
from durable.errors import BrokerUnavailable
from tests.contract.broker_contract import SendingContract
from tests.contract.servicebus_hazards import HazardsContract
from tests.contract.sessions_contract import SessionsContract
from tests.contract.settling_contract import ReceivingContract
from tests.support.servicebus_endpoint import ServiceBusWorld, running_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ServiceBusWorld]:
    async with running_world(tmp_path, fast=True) as world:
        yield world


class TestSendingByTheFastPath(SendingContract):
    pass


class TestReceivingByTheFastPath(ReceivingContract):
    pass


class TestSessionsByTheFastPath(SessionsContract):
    pass


class TestHazardsByTheFastPath(HazardsContract):
    pass


@pytest.mark.parametrize(("regrant", "goes_on"), [(5, True), (1_000, False)])
async def test_management_goes_on_beyond_the_answers_that_its_link_is_granted(
    world: ServiceBusWorld, monkeypatch: pytest.MonkeyPatch, *, regrant: int, goes_on: bool
) -> None:
    monkeypatch.setattr(_link_async, "DEFAULT_LINK_CREDIT", 10)  # The SDK grants 10,000 once and for all.
    monkeypatch.setattr(wire, "MANAGEMENT_GRANT", 10)
    monkeypatch.setattr(wire, "MANAGEMENT_REGRANT", regrant)
    monkeypatch.setattr(wire, "BEAT_SECONDS", 0.3)
    session = await world.broker.session(world.fresh("sessions"), "a")

    results = [(await asyncio.gather(session.renew_session(), return_exceptions=True))[0] for _ in range(11)]

    assert isinstance(results[-1], datetime if goes_on else BrokerUnavailable)
