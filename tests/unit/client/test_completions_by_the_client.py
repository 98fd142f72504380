from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from durable.client import ParkedEvent, SagaClient
from durable.control import ActivityHeartbeat
from durable.errors import AlreadyEnded, InvalidToken
from durable.events import ActivityCompleted, ActivityFailed, ActivityScheduled, EventReceived, SagaStarted
from durable.failure import Failure
from durable.ids import partition_of
from durable.ports import Upsert
from durable.requests import read_for_instance
from durable.tokens import CompletionToken
from orchestrator import parked
from tests.support.api_world import PARTITIONS, ApiWorld, Order
from tests.support.served import served

TOKEN = CompletionToken("a", "00aa00aa00aa00aa", 1, 7, 1, "shop.pay").encode()


@pytest.fixture
async def world() -> ApiWorld:
    world = ApiWorld()
    await world.put_head(world.a_head())
    await world.put_turn(world.a_turn(1, SagaStarted(saga="pay"), ActivityScheduled(task_id=7, name="shop.pay")))
    return world


@pytest.fixture
async def client(world: ApiWorld) -> AsyncIterator[SagaClient]:
    async with served(world.app()) as url, SagaClient(url, patience=timedelta(seconds=5)) as client:
        yield client


async def test_an_attempt_is_completed_by_its_token_with_a_model(world: ApiWorld, client: SagaClient) -> None:
    await client.complete(TOKEN, Order(amount=2))

    (message,) = await world.messages("a")
    assert isinstance(message.event, ActivityCompleted)
    assert message.event.output == {"amount": 2, "note": ""}


async def test_an_attempt_fails_by_its_token(world: ApiWorld, client: SagaClient) -> None:
    await client.fail(TOKEN, "shop.Declined", "no funds", details=Order(amount=2), retryable=False)

    (message,) = await world.messages("a")
    assert isinstance(message.event, ActivityFailed)
    details = {"amount": 2, "note": ""}
    assert message.event.failure == Failure("shop.Declined", "no funds", details=details, retryable=False)


async def test_an_attempt_is_kept_alive_by_its_token(world: ApiWorld, client: SagaClient) -> None:
    await client.heartbeat(TOKEN, {"page": 3})

    (delivery,) = await world.deliveries("a")
    heard = read_for_instance(delivery.body, {})
    assert isinstance(heard, ActivityHeartbeat)
    assert heard.detail == {"page": 3}


async def test_the_second_outcome_of_an_attempt_is_told_that_it_has_ended(client: SagaClient) -> None:
    await client.complete(TOKEN, 1)

    for late in (client.complete(TOKEN, 2), client.fail(TOKEN, "E", "m"), client.heartbeat(TOKEN)):
        with pytest.raises(AlreadyEnded, match=r"'shop\.pay' of instance 'a' has an outcome"):
            await late


async def test_what_is_no_token_is_refused(client: SagaClient) -> None:
    with pytest.raises(InvalidToken, match="complete_later"):
        await client.complete("no/token?", 1)


async def test_parked_events_are_read_as_data(world: ApiWorld, client: SagaClient) -> None:
    now = world.clock.now()
    for id_ in ("b", "c"):
        partition = partition_of(id_, PARTITIONS)
        event = EventReceived(name="approval", payload=1)
        one = parked.ParkedEvent(id_, partition, "m", event, (1, 1), now, now + timedelta(days=1))
        await world.store.write(partition, [Upsert(parked.encode_parked(one))])

    assert await client.parked_events("b") == [ParkedEvent("b", "approval", 1, now, now + timedelta(days=1))]
    assert {each.instance_id for each in await client.parked_events()} == {"b", "c"}
