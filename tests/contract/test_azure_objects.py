from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from durable.errors import ObjectNotFound, TransientError
from durable.objects import ObjectStore
from tests.contract.objects_contract import ObjectsContract, chunks
from tests.support.azure_account import Account, Refusal, Silence
from tests.support.azure_blobs import Blobs, a_blob_account


@dataclass(frozen=True)
class AzureWorld:
    objects: ObjectStore
    account: Account
    blobs: Blobs


@pytest.fixture
async def world() -> AsyncIterator[AzureWorld]:
    async with a_blob_account() as (account, blobs, objects):
        yield AzureWorld(objects, account, blobs)


class TestObjectsAtAzure(ObjectsContract):
    pass


async def test_a_large_object_appears_when_its_list_of_blocks_is_written(world: AzureWorld) -> None:
    info = await world.objects.put("a/large", chunks(*[b"%07d" % n * 300_000 for n in range(5)]))

    puts = [line.partition("?")[2].partition("&")[0] for line in world.account.seen]
    assert info.size == len(world.blobs.blobs["a/large"]) == 10_500_000
    assert puts[-1] == "comp=blocklist"
    assert set(puts[:-1]) == {"comp=block"}


async def test_a_store_is_asked_with_the_token_of_the_identity(world: AzureWorld) -> None:
    await world.objects.put("a", b"")

    assert world.account.tokens == {"a-token"}


async def test_a_page_is_asked_from_where_the_last_one_ended_and_no_more_is_read_than_it_takes(
    world: AzureWorld,
) -> None:
    for n in range(20):
        await world.objects.put(f"p/{n:02d}", b"")
    world.account.seen.clear()

    page = await world.objects.page("p", "p/09", 3)

    assert [info.name for info in page] == ["p/10", "p/11", "p/12"]
    assert "startFrom=p%2F09" in world.account.seen[0]
    assert len(world.account.seen) <= 3


@pytest.mark.parametrize(
    "refusal", [Refusal(429, "TooManyRequests"), Refusal(500, "InternalError"), Refusal(503, "ServerBusy"), Silence()]
)
async def test_a_service_that_is_unwell_is_told_as_such(world: AzureWorld, refusal: Refusal | Silence) -> None:
    for asked in (
        world.objects.get("a"),
        world.objects.put("a", b""),
        world.objects.page("", "", 1),
        world.objects.delete("a"),
    ):
        world.account.refuse(refusal, refusal, refusal)
        with pytest.raises(TransientError, match="the object store failed on"):
            await asked
        world.account._refusals.clear()


async def test_an_object_that_vanishes_is_told_as_such(world: AzureWorld) -> None:
    await world.objects.put("a", b"")
    world.account.refuse(Refusal(404, "BlobNotFound"))

    with pytest.raises(ObjectNotFound):
        await world.objects.get("a")


async def test_a_container_that_is_not_there_is_told_at_a_write(world: AzureWorld) -> None:
    world.account.refuse(Refusal(404, "ContainerNotFound"))

    with pytest.raises(TransientError, match="the object store failed on 'a'"):
        await world.objects.put("a", b"")
