import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from durable import Status
from durable.client import SagaClient
from durable.errors import AlreadyExists, InvalidState, ServiceUnavailable
from durable.events import (
    CancelRequested,
    CompensationSkipped,
    EventReceived,
    HistoryEvent,
    Resumed,
    SagaCompensationFailed,
    SagaStarted,
    SagaTerminated,
    Suspended,
)
from durable.failure import Failure
from durable.ids import partition_of
from durable.ports import Upsert
from durable.requests import FORK, PURGE, REWIND, UNBLOCK
from orchestrator.heads import Head
from orchestrator.tombstones import Tombstone, encode_tombstone
from tests.support.api_world import PARTITIONS, ApiWorld, Order, pay, sweep
from tests.support.served import served


@pytest.fixture
def world() -> ApiWorld:
    return ApiWorld()


@pytest.fixture
async def client(world: ApiWorld) -> AsyncIterator[SagaClient]:
    async with served(world.app()) as url, SagaClient(url, patience=timedelta(seconds=2)) as client:
        yield client


async def later(world: ApiWorld, head: Head) -> None:
    await asyncio.sleep(0.03)
    world.clock.advance(timedelta(seconds=1))
    await world.put_head(replace(head, updated_at=world.clock.now()))


async def test_a_start_with_every_option_says_them_all(world: ApiWorld, client: SagaClient) -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)

    await client.start(
        pay,
        Order(amount=5),
        instance_id="a",
        request_id="r",
        if_exists="return",
        event=("approval", Order(amount=1)),
        timeout=timedelta(minutes=1),
        tags={"tenant": "x", "at": at},
    )

    (message,) = await world.messages("a")
    assert isinstance(message.event, SagaStarted)
    assert message.event.event == ("approval", {"amount": 1, "note": ""})
    assert message.event.deadline == world.clock.now() + timedelta(minutes=1)
    assert message.event.request_id == "r"
    assert message.event.tags is not None
    assert message.event.tags["tenant"] == "x"
    assert set(message.event.tags) == {"tenant", "at"}


async def test_a_delayed_start_returns_at_once(world: ApiWorld, client: SagaClient) -> None:
    await client.start(pay, Order(amount=5), instance_id="a", delay=timedelta(days=1))

    head = await world.head("a")
    assert head is not None
    assert head.due == world.clock.now() + timedelta(days=1)


async def test_a_singleton_is_started_without_an_id(client: SagaClient) -> None:
    assert await client.start(sweep, None) == "sweep"
    with pytest.raises(AlreadyExists):
        await client.start(sweep, None)


async def test_a_start_in_the_place_of_another_returns_once_the_owner_has_taken_it(
    world: ApiWorld, client: SagaClient
) -> None:
    old = world.a_head(status=Status.COMPLETED)
    await world.put_head(old)

    started = asyncio.create_task(client.start(pay, Order(amount=5), instance_id="a", if_exists="restart_if_ended"))
    await later(world, replace(old, run="11bb11bb11bb11bb", status=Status.RUNNING))

    assert await started == "a"


async def test_a_start_that_no_owner_takes_is_told_when_patience_ends(world: ApiWorld, client: SagaClient) -> None:
    await world.put_head(world.a_head(status=Status.COMPLETED))

    with pytest.raises(ServiceUnavailable, match="'a' to begin within 2 s"):
        await client.restart("a")


async def test_a_restart_under_a_new_id_is_there_at_once(world: ApiWorld, client: SagaClient) -> None:
    await world.put_head(world.a_head(status=Status.COMPLETED))

    assert await client.restart("a", "b") == "b"


@pytest.mark.parametrize(
    ("verb", "status", "kind"),
    [
        ("cancel", Status.RUNNING, CancelRequested),
        ("terminate", Status.RUNNING, SagaTerminated),
        ("suspend", Status.RUNNING, Suspended),
        ("resume", Status.SUSPENDED, Resumed),
    ],
)
async def test_an_instance_is_told_with_a_reason(
    world: ApiWorld, client: SagaClient, verb: str, status: Status, kind: type[HistoryEvent]
) -> None:
    await world.put_head(world.a_head(status=status))

    await getattr(client, verb)("a", "by mistake & in vain")

    (message,) = await world.messages("a")
    assert isinstance(message.event, kind)
    assert getattr(message.event, "reason", None) == "by mistake & in vain"


async def test_what_is_not_possible_says_what_is(world: ApiWorld, client: SagaClient) -> None:
    await world.put_head(world.a_head())

    for refused in (client.resume("a"), client.retry("a"), client.unblock("a"), client.purge("a"), client.restart("a")):
        with pytest.raises(InvalidState, match=r"'a' is Running. Possible now: cancel, "):
            await refused


async def test_a_retry_returns_once_the_owner_has_taken_it(world: ApiWorld, client: SagaClient) -> None:
    old = world.a_head(status=Status.FAILED)
    await world.put_head(old)

    retried = asyncio.create_task(client.retry("a", "repaired"))
    await later(world, replace(old, status=Status.RUNNING, execution=2))

    await retried
    assert (await world.request("a")).kind == REWIND


async def begun(world: ApiWorld) -> Head:
    head = world.a_head()
    await world.put_head(head)
    await world.put_turn(world.a_turn(1, SagaStarted(saga="pay"), *(EventReceived(name="x") for _ in range(6))))
    return head


async def test_a_rewind_names_the_step(world: ApiWorld, client: SagaClient) -> None:
    old = await begun(world)

    rewound = asyncio.create_task(client.rewind("a", to=7))
    await later(world, replace(old, execution=2))

    await rewound
    assert (await world.request("a")).data == {"execution": 1, "to": 7, "reason": ""}


async def test_a_fork_is_there_when_it_returns(world: ApiWorld, client: SagaClient) -> None:
    await begun(world)

    forked = asyncio.create_task(client.fork("a", from_=7, new_id="b"))
    await later(world, world.a_head("b"))

    assert await forked == "b"
    assert (await world.request("b")).kind == FORK


async def test_a_purged_instance_is_gone_when_it_returns(world: ApiWorld, client: SagaClient) -> None:
    old = world.a_head(status=Status.COMPLETED)
    await world.put_head(old)
    partition = partition_of("a", PARTITIONS)

    purged = asyncio.create_task(client.purge("a"))
    await asyncio.sleep(0.03)
    grave = Tombstone("a", partition, old.run, 1, world.clock.now())
    await world.store.write(partition, [Upsert(encode_tombstone(grave))])

    await purged
    assert (await world.request("a")).kind == PURGE


async def test_an_undo_is_skipped(world: ApiWorld, client: SagaClient) -> None:
    await world.put_head(replace(world.a_head(status=Status.COMPENSATION_FAILED), turns=1))
    end = SagaCompensationFailed(failure=Failure("E", "m"), not_undone=(3,))
    await world.put_turn(world.a_turn(1, SagaStarted(saga="pay"), end))

    await client.skip("a", 3, "done by hand")

    (message,) = await world.messages("a")
    assert isinstance(message.event, CompensationSkipped)


async def test_a_block_is_looked_at_again(world: ApiWorld, client: SagaClient) -> None:
    await world.put_head(world.a_head(status=Status.BLOCKED))

    await client.unblock("a")

    assert (await world.request("a")).kind == UNBLOCK


async def test_instances_are_counted(world: ApiWorld, client: SagaClient) -> None:
    for number in range(5):
        await world.put_head(world.a_head(f"i{number}", Status.RUNNING if number else Status.FAILED))

    assert await client.count() == 5
    assert await client.count(status=Status.RUNNING, saga=pay) == 4
    assert await client.count(created_before=world.clock.now()) == 0
