import asyncio

import pytest

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.gateway import Gateway
from emulators.cosmos.serving import GroupCommit
from emulators.cosmos.store.database import WriteError
from tests.support.cosmos_requests import create, shop


class UnreliableGateway(Gateway):
    is_full = False
    is_written = True
    commits = 0

    def __init__(self) -> None:
        pass

    @property
    def has_uncommitted(self) -> bool:
        return self.is_written

    def commit(self) -> None:
        self.commits += 1
        self.is_written = False
        if self.is_full:
            raise WriteError("disk is full")


async def test_requests_of_one_turn_share_a_commit() -> None:
    gateway = UnreliableGateway()
    commit = GroupCommit(gateway)

    await asyncio.gather(*(commit.done() for _ in range(5)))

    assert gateway.commits == 1


async def test_a_request_that_wrote_nothing_alone_does_not_commit() -> None:
    gateway = UnreliableGateway()
    gateway.is_written = False

    await GroupCommit(gateway).done()

    assert gateway.commits == 0


async def test_after_a_failed_commit_nothing_is_acknowledged_any_more() -> None:
    gateway = UnreliableGateway()
    gateway.is_full = True
    commit = GroupCommit(gateway)

    waiting = await asyncio.gather(commit.done(), commit.done(), return_exceptions=True)
    gateway.is_full = False

    assert [error.status for error in waiting if isinstance(error, CosmosError)] == [503, 503]
    with pytest.raises(CosmosError, match="disk is full"):
        await commit.done()


def test_after_a_write_that_failed_half_way_nothing_is_committed() -> None:
    endpoint = shop()
    endpoint.gateway.service.catalog._store.write(
        "CREATE TRIGGER full BEFORE INSERT ON docs_1 BEGIN SELECT RAISE(FAIL, 'disk is full'); END"
    )

    with pytest.raises(WriteError, match="disk is full"):
        create(endpoint, {"id": "1", "customer": "ada"})
    with pytest.raises(WriteError, match="disk is full"):
        endpoint.gateway.commit()
