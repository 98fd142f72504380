"""Queries in one partition: what operators and functions give."""

from azure.cosmos.aio import ContainerProxy

from tests.conformance.cases import Area
from tests.conformance.cosmos.account import Account
from tests.conformance.cosmos.containers import SHARED
from tests.conformance.cosmos.wares import asked

functions = Area("functions of queries", "NoSQL query language", "aio")


@functions.case(SHARED)
async def numbers_are_calculated(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT VALUE [ABS(-1), ROUND(2.5), FLOOR(-1.5), POWER(2, 3), SQRT(9), 7 % 4, 1 / 2] FROM c WHERE c.id = '1'"

    assert await asked(account, orders, sql) == [[1, 3, -2, 8, 3, 3, 0.5]]


@functions.case(SHARED)
async def bits_are_calculated(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT VALUE [6 & 3, 6 | 3, 6 ^ 3, 1 << 3] FROM c WHERE c.id = '1'"

    assert await asked(account, orders, sql) == [[2, 7, 5, 8]]


@functions.case(SHARED)
async def texts_are_changed(account: Account, orders: ContainerProxy) -> None:
    sql = (
        "SELECT VALUE [LOWER('A'), LENGTH('abc'), SUBSTRING('abc', 1, 1), REPLACE('abc', 'b', ''), "
        "REVERSE('ab'), TRIM(' x '), LEFT('abc', 2), INDEX_OF('abc', 'c')] FROM c WHERE c.id = '1'"
    )

    assert await asked(account, orders, sql) == [["a", 3, "b", "ac", "ba", "x", "ab", 2]]


@functions.case(SHARED)
async def arrays_are_changed(account: Account, orders: ContainerProxy) -> None:
    sql = (
        "SELECT VALUE [ARRAY_LENGTH(c.tags), ARRAY_SLICE(c.tags, 1), ARRAY_CONCAT(c.tags, ['z']), "
        "SetUnion(c.tags, ['y', 'z'])] FROM c WHERE c.id = '1'"
    )

    assert await asked(account, orders, sql) == [[2, ["y"], ["x", "y", "z"], ["x", "y", "z"]]]


@functions.case(SHARED)
async def dates_are_calculated(account: Account, orders: ContainerProxy) -> None:
    sql = (
        "SELECT VALUE [DateTimeAdd('mm', 1, '2020-01-31T00:00:00.0000000Z'), DateTimePart('yyyy', "
        "'2020-07-03T00:00:00Z'), DateTimeDiff('hour', '2020-01-01T01:00:00Z', "
        "'2020-01-01T03:00:00Z')] FROM c WHERE c.id = '1'"
    )

    assert await asked(account, orders, sql) == [["2020-02-29T00:00:00.0000000Z", 2020, 2]]


@functions.case(SHARED)
async def values_are_converted(account: Account, orders: ContainerProxy) -> None:
    sql = (
        "SELECT VALUE [ToString(1), StringToNumber('2.5'), StringToBoolean('true'), "
        "StringToArray('[1]')] FROM c WHERE c.id = '1'"
    )

    assert await asked(account, orders, sql) == [["1", 2.5, True, [1]]]
