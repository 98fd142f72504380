import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from azure.servicebus._pyamqp.aio import ReceiveClientAsync, _link_async

from durable.adapters.servicebus import broker_from
from durable.adapters.servicebus.fastpath import wire
from durable.errors import BrokerUnavailable, LockLost
from emulators.servicebus.endpoint import ServiceBusEndpoint
from tests.contract.broker_contract import SendingContract
from tests.contract.servicebus_hazards import HazardsContract
from tests.contract.sessions_contract import SessionsContract
from tests.contract.settling_contract import ReceivingContract
from tests.support.broker_world import ids, some_messages, take, topology
from tests.support.servicebus_endpoint import ServiceBusWorld, running_world, settings_for


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


@pytest.mark.parametrize("steps", range(8))
async def test_a_settle_is_told_at_once_when_the_connection_is_cut_while_its_link_is_opened(
    world: ServiceBusWorld, steps: int
) -> None:
    queue = world.fresh("plain")
    await world.broker.send(queue, some_messages(2))
    receiver = await world.broker.receiver(queue)
    settling = asyncio.create_task(receiver.complete(await take(receiver, 2)))
    for _ in range(steps):
        await asyncio.sleep(0)

    world.cut_connections()
    (told,) = await asyncio.wait_for(asyncio.gather(settling, return_exceptions=True), 5)

    assert isinstance(told, BrokerUnavailable | LockLost | None)


async def test_everything_goes_on_after_a_restart_of_the_broker(tmp_path: Path) -> None:
    path = tmp_path / "topology.json"
    path.write_bytes(topology())
    async with ServiceBusEndpoint(path, tmp_path / "data") as first:
        broker = broker_from(settings_for(first))
        receiver = await broker.receiver("plain-00")
        session = await broker.session("sessions-00", "a")
        await broker.send("plain-00", some_messages(1))

    with pytest.raises(BrokerUnavailable):
        await broker.send("plain-00", some_messages(2))
    with pytest.raises(BrokerUnavailable):
        await receiver.receive(1, timedelta(seconds=1))
    with pytest.raises(LockLost):
        await session.receive(1, timedelta(seconds=1))
    with pytest.raises(BrokerUnavailable):
        await broker.session("sessions-00", "a")

    async with ServiceBusEndpoint(path, tmp_path / "data", port=first.port):
        await broker.send("plain-00", some_messages(2))
        assert ids(await take(receiver, 2)) == ["m-0", "m-1"]
        assert (await broker.session("sessions-00", "a")).session == "a"
        await broker.close()


async def test_the_token_is_looked_after_while_messages_flow(
    world: ServiceBusWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "BEAT_SECONDS", 0.02)
    looked = 0
    complete = ReceiveClientAsync.auth_complete_async

    async def counted(client: ReceiveClientAsync) -> bool:
        nonlocal looked
        looked += 1
        return bool(await complete(client))  # type: ignore[no-untyped-call]

    queue = world.fresh("sessions")
    session = await world.broker.session(queue, "a")
    monkeypatch.setattr(ReceiveClientAsync, "auth_complete_async", counted)

    for number in range(60):
        await world.broker.send(queue, some_messages(5, "a", f"m{number}"))
        await session.complete(await take(session, 5))

    assert looked >= 2
