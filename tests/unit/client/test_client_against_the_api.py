import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from durable import Failure, Status
from durable.client import SagaClient
from durable.costs import Cost, StepCost
from durable.errors import (
    AlreadyEnded,
    AlreadyExists,
    InvalidInput,
    InvalidName,
    NotFound,
    ResultTimeout,
    SagaFailedError,
)
from durable.events import EventReceived, SagaCompleted, SagaStarted, SagaTerminated
from orchestrator.spending import Spent
from tests.support.api_world import ApiWorld, Order, pay, tick
from tests.support.served import served


@pytest.fixture
def world() -> ApiWorld:
    return ApiWorld()


@pytest.fixture
async def client(world: ApiWorld) -> AsyncIterator[SagaClient]:
    async with served(world.app()) as url, SagaClient(url, patience=timedelta(seconds=5)) as client:
        yield client


async def test_a_declared_saga_is_started_with_its_input(world: ApiWorld, client: SagaClient) -> None:
    instance_id = await client.start(pay, Order(amount=5), instance_id="a:1")

    head = await world.head("a:1")
    assert instance_id == "a:1"
    assert head is not None
    assert (head.saga, head.input) == ("pay", {"amount": 5, "note": ""})


async def test_a_saga_is_started_by_name_with_a_model_or_plain_data(world: ApiWorld, client: SagaClient) -> None:
    for id, input in (("a", Order(amount=5)), ("b", {"amount": 5})):
        await client.start("pay", input, instance_id=id)

    assert [head.saga for head in (await world.head("a"), await world.head("b")) if head] == ["pay", "pay"]


async def test_a_view_tells_what_a_run_has_cost(world: ApiWorld, client: SagaClient) -> None:
    await world.put_head(replace(world.a_head(), cost=Spent(41.5, 9_000, 3, 700, {"steps.one": [2, 1.25, 4, 1_300]})))

    view = await client.get("a")

    assert view.cost == Cost(41.5, 7, 11_000, 9_000, 1.25, (StepCost("steps.one", 2, 1.25, 4, 1_300),))


async def test_a_start_without_an_id_gives_one(world: ApiWorld, client: SagaClient) -> None:
    first, second = await client.start(tick, None), await client.start("tick")

    assert first != second
    assert await world.head(first) is not None


async def test_an_input_of_another_type_is_refused_before_it_is_sent(client: SagaClient) -> None:
    with pytest.raises(TypeError, match="Order"):
        await client.start(pay, "five")  # type: ignore[misc]  # The point of this test.


async def test_an_input_that_does_not_fit_is_refused_with_reasons(client: SagaClient) -> None:
    with pytest.raises(InvalidInput, match="amount") as caught:
        await client.start("pay", {"amount": 0})

    assert [where for where, _ in caught.value.reasons] == ["amount"]


async def test_a_taken_id_already_exists(client: SagaClient) -> None:
    await client.start("tick", instance_id="a")

    with pytest.raises(AlreadyExists, match="'a' exists"):
        await client.start("tick", instance_id="a")


async def test_an_unknown_saga_and_an_unknown_instance_are_not_found(client: SagaClient) -> None:
    with pytest.raises(NotFound, match="Known sagas: pay, sweep, tick"):
        await client.start("ship", {})
    with pytest.raises(NotFound, match="'b'"):
        await client.get("b")


async def test_an_illegal_id_is_refused_with_the_rule(client: SagaClient) -> None:
    with pytest.raises(InvalidName, match="expected an instance id"):
        await client.start("tick", instance_id="a b")
    with pytest.raises(InvalidInput, match="that a URL can carry"):
        await client.start("tick", instance_id="..")
    with pytest.raises(InvalidName, match="expected an instance id"):
        await client.get("a b/ü?")


async def test_an_instance_is_read_as_data(world: ApiWorld, client: SagaClient) -> None:
    head = replace(
        world.a_head(status=Status.FAILED), failure=Failure("E", "m", bases=("B",)), ended_at=world.clock.now()
    )
    await world.put_head(head)

    view = await client.get("a")

    assert (view.id, view.saga, view.version, view.status) == ("a", "pay", "3", Status.FAILED)
    assert (view.created_at, view.ended_at) == (head.created_at, head.ended_at)
    assert view.failure == head.failure
    assert view.input == {"amount": 1}


async def test_instances_are_listed_over_all_pages(world: ApiWorld, client: SagaClient) -> None:
    for number in range(120):
        await world.put_head(world.a_head(f"i{number:03d}"))
        world.clock.advance(timedelta(seconds=1))
    await world.put_head(world.a_head("done", Status.COMPLETED))

    running = [summary.id async for summary in client.list(status=Status.RUNNING, saga=pay)]

    assert running == [f"i{number:03d}" for number in reversed(range(120))]


async def test_a_history_is_read_over_all_pages_as_events(world: ApiWorld, client: SagaClient) -> None:
    await world.put_head(world.a_head())
    await world.put_turn(world.a_turn(1, SagaStarted(saga="pay")))
    await world.put_turn(world.a_turn(2, *(EventReceived(name="x", payload=n) for n in range(1500)), first=2))
    await world.put_turn(world.a_turn(3, SagaCompleted(output=1), first=1502))

    history = await client.history("a")

    assert [event.sequence for event in history] == list(range(1, 1503))
    assert history[0] == SagaStarted(saga="pay", at=world.clock.now(), sequence=1)


async def test_an_event_is_raised_with_a_model_as_payload(world: ApiWorld, client: SagaClient) -> None:
    await world.put_head(world.a_head())

    await client.raise_event("a", "a name/with ü", Order(amount=2))

    (message,) = await world.messages("a")
    assert isinstance(message.event, EventReceived)
    assert (message.event.name, message.event.payload) == ("a name/with ü", {"amount": 2, "note": ""})


async def test_an_event_raised_twice_under_one_id_is_one_message(world: ApiWorld, client: SagaClient) -> None:
    await world.put_head(world.a_head())

    for _ in range(2):
        await client.raise_event("a", "x", event_id="e 1&2")
        await client.raise_event("a", "x")

    assert len(await world.messages("a")) == 3


async def test_an_instance_is_terminated_with_a_reason(world: ApiWorld, client: SagaClient) -> None:
    await world.put_head(world.a_head())

    await client.terminate("a", "by mistake & in vain")

    (message,) = await world.messages("a")
    assert isinstance(message.event, SagaTerminated)
    assert message.event.reason == "by mistake & in vain"


async def test_an_ended_instance_takes_nothing_more(world: ApiWorld, client: SagaClient) -> None:
    await world.put_head(world.a_head(status=Status.COMPLETED))

    with pytest.raises(AlreadyEnded):
        await client.raise_event("a", "x")
    with pytest.raises(AlreadyEnded):
        await client.terminate("a")


async def test_a_result_is_awaited_and_read_as_its_type(world: ApiWorld, client: SagaClient) -> None:
    await world.put_head(world.a_head())
    waiting = asyncio.create_task(client.result("a", type=Order))
    await asyncio.sleep(0.05)

    await world.put_head(replace(world.a_head(status=Status.COMPLETED), output={"amount": 3}))

    assert await waiting == Order(amount=3)
    assert await client.result("a") == {"amount": 3}
    with pytest.raises(ValidationError):
        await client.result("a", type=int)


async def test_a_failed_instance_raises_its_failure(world: ApiWorld, client: SagaClient) -> None:
    await world.put_head(replace(world.a_head(status=Status.COMPENSATED), failure=Failure("shop.Declined", "no funds")))

    with pytest.raises(SagaFailedError, match=r"ended Compensated: shop.Declined: no funds") as caught:
        await client.result("a")

    assert caught.value.failure == Failure("shop.Declined", "no funds")


async def test_a_rejected_instance_raises_its_reasons(world: ApiWorld, client: SagaClient) -> None:
    await world.put_head(replace(world.a_head(status=Status.REJECTED), reasons=(("amount", "too small"),)))

    with pytest.raises(SagaFailedError, match=r"ended Rejected.*amount: too small"):
        await client.result("a")


async def test_a_result_that_does_not_come_in_time_times_out(world: ApiWorld, client: SagaClient) -> None:
    await world.put_head(world.a_head())

    with pytest.raises(ResultTimeout, match="it is Running"):
        await client.result("a", timeout=timedelta(milliseconds=50))


async def test_a_payload_that_can_not_be_written_down_is_refused_before_it_is_sent(client: SagaClient) -> None:
    with pytest.raises(TypeError, match="serialises"):
        await client.raise_event("a", "note", object())
