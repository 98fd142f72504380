"""Entity tags: reads and writes that depend on the version of an item."""

from azure.core import MatchConditions
from azure.cosmos.aio import ContainerProxy

from tests.conformance.cases import Area
from tests.conformance.cosmos.account import Account, refused
from tests.conformance.cosmos.containers import SHARED

conditions = Area("conditions", "Optimistic concurrency control", "aio")

_SAME = MatchConditions.IfNotModified
_OTHER = MatchConditions.IfModified


@conditions.case(SHARED)
async def a_replace_with_the_present_etag_goes_through(account: Account, orders: ContainerProxy) -> None:
    created = await orders.create_item(account.item("1"))

    replaced = await orders.replace_item("1", account.item("1", n=1), etag=created["_etag"], match_condition=_SAME)

    assert replaced["n"] == 1


@conditions.case(SHARED)
async def a_replace_with_an_earlier_etag_is_412(account: Account, orders: ContainerProxy) -> None:
    created = await orders.create_item(account.item("1"))
    await orders.replace_item("1", account.item("1", n=1))

    late = orders.replace_item("1", account.item("1", n=2), etag=created["_etag"], match_condition=_SAME)

    assert (await refused(late)).status_code == 412
    assert (await orders.read_item("1", account.key))["n"] == 1


@conditions.case(SHARED)
async def a_delete_with_an_earlier_etag_is_412(account: Account, orders: ContainerProxy) -> None:
    created = await orders.create_item(account.item("1"))
    await orders.replace_item("1", account.item("1", n=1))

    late = orders.delete_item("1", account.key, etag=created["_etag"], match_condition=_SAME)

    assert (await refused(late)).status_code == 412


@conditions.case(SHARED)
async def a_patch_with_an_earlier_etag_is_412(account: Account, orders: ContainerProxy) -> None:
    created = await orders.create_item(account.item("1"))
    await orders.replace_item("1", account.item("1", n=1))
    change = [{"op": "set", "path": "/n", "value": 2}]

    late = orders.patch_item("1", account.key, change, etag=created["_etag"], match_condition=_SAME)

    assert (await refused(late)).status_code == 412


@conditions.case(SHARED)
async def an_upsert_with_an_earlier_etag_is_412(account: Account, orders: ContainerProxy) -> None:
    created = await orders.create_item(account.item("1"))
    await orders.replace_item("1", account.item("1", n=1))

    late = orders.upsert_item(account.item("1", n=2), etag=created["_etag"], match_condition=_SAME)

    assert (await refused(late)).status_code == 412


@conditions.case(SHARED)
async def an_upsert_with_an_etag_creates_what_is_not_there(account: Account, orders: ContainerProxy) -> None:
    """An upsert with an etag creates what is not there: there is nothing to compare with."""
    created = await orders.upsert_item(account.item("1"), etag='"0"', match_condition=_SAME)

    assert created["id"] == "1"


@conditions.case(SHARED)
async def a_star_matches_whatever_is_there(account: Account, orders: ContainerProxy) -> None:
    await orders.create_item(account.item("1"))

    replaced = await orders.replace_item("1", account.item("1", n=1), match_condition=MatchConditions.IfPresent)

    assert replaced["n"] == 1


@conditions.case(SHARED)
async def an_upsert_that_wants_nothing_there_is_412(account: Account, orders: ContainerProxy) -> None:
    """An upsert that wants nothing to be there is 412 if there is something."""
    await orders.upsert_item(account.item("1", n=1), match_condition=MatchConditions.IfMissing)

    again = orders.upsert_item(account.item("1", n=2), match_condition=MatchConditions.IfMissing)

    assert (await refused(again)).status_code == 412


@conditions.case(SHARED)
async def a_read_of_the_version_that_one_has_has_no_body(account: Account, orders: ContainerProxy) -> None:
    """A read of the version that one has is 304, without a body."""
    created = await orders.create_item(account.item("1"))

    same = await orders.read_item("1", account.key, etag=created["_etag"], match_condition=_OTHER)

    assert dict(same) == {}


@conditions.case(SHARED)
async def a_read_of_another_version_has_a_body(account: Account, orders: ContainerProxy) -> None:
    created = await orders.create_item(account.item("1"))
    await orders.replace_item("1", account.item("1", n=1))

    other = await orders.read_item("1", account.key, etag=created["_etag"], match_condition=_OTHER)

    assert other["n"] == 1
