import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import cast

import pytest

from durable import Status
from durable.errors import BrokerUnavailable, Refusal, WriteRefused, WriteUncertain
from durable.messages import Message
from durable.ports import RecordStore
from orchestrator.operations import starting
from tests.support.api_world import ApiWorld
from tests.support.asgi import AsgiClient
from tests.support.ports_with_faults import FaultyBroker, FaultyWrites


class SilentBroker(FaultyBroker):
    """Never confirms a send."""

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        await asyncio.Event().wait()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> ApiWorld:
    monkeypatch.setattr(starting, "PATIENCE", timedelta(milliseconds=100))
    return ApiWorld()


def writing(world: ApiWorld, faulty: FaultyWrites) -> AsgiClient:
    return world.client(store=cast("RecordStore", faulty))


async def test_a_store_that_does_not_confirm_in_time_is_a_passing_fault(world: ApiWorld) -> None:
    client = writing(world, FaultyWrites(world.store, before=[WriteUncertain("no answer")] * 9))

    answer = await client.post("/sagas/tick/instances?instance_id=a")

    assert (answer.status, answer.problem, answer.headers["retry-after"]) == (503, "unavailable", "1")
    assert "Try again with this instance_id" in answer.json["detail"]


async def test_a_head_written_without_an_answer_is_found_and_its_start_sent(world: ApiWorld) -> None:
    client = writing(world, FaultyWrites(world.store, after=[WriteUncertain("no answer")]))

    answer = await client.post("/sagas/tick/instances?instance_id=a")

    head = await world.head("a")
    (message,) = await world.messages("a")
    assert answer.status == 202
    assert head is not None
    assert message.id == head.start


@pytest.mark.parametrize(("refusal", "status"), [(Refusal.TOO_LARGE, 413), (Refusal.INVALID, 500)])
async def test_a_store_that_refuses_is_answered_by_its_reason(world: ApiWorld, refusal: Refusal, status: int) -> None:
    faulty = FaultyWrites(world.store, before=[WriteRefused(0, refusal)])

    answer = await writing(world, faulty).post("/sagas/tick/instances?instance_id=a")

    assert answer.status == status


async def test_an_id_that_exists_but_does_not_show_yet_is_asked_for_again(world: ApiWorld) -> None:
    faulty = FaultyWrites(world.store, before=[WriteRefused(0, Refusal.EXISTS)])

    answer = await writing(world, faulty).post("/sagas/tick/instances?instance_id=a")

    assert answer.status == 202
    assert faulty.batches[0] == faulty.batches[1]


@pytest.mark.parametrize("silent", [True, False])
async def test_a_start_that_is_not_confirmed_is_left_to_the_owner(world: ApiWorld, *, silent: bool) -> None:
    errors = [BrokerUnavailable("no connection")]
    broker = SilentBroker(world.broker, []) if silent else FaultyBroker(world.broker, [*errors])

    answer = await world.client(broker=broker).post("/sagas/tick/instances?instance_id=a")

    head = await world.head("a")
    assert answer.status == 202
    assert head is not None
    assert head.status is Status.PENDING
