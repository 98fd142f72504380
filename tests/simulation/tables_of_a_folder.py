"""What saga parquet-orc is explored with: a folder of three pages, one table of which is gone or damaged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contracts.conversions import (
    CONVERT_TABLE,
    DELETE_TABLES,
    ConvertedTable,
    ConvertTable,
    DeletedTables,
    TablesReceived,
)
from contracts.storage import LIST_PAGE, ListedObject, ListPage, ObjectPage
from durable import NonRetryable
from durable.errors import ObjectNotFound

TABLES = TablesReceived(prefix="in", page_size=2)
NAMES = [f"in/{number}.parquet" for number in range(5)]


def _list(page: ListPage) -> ObjectPage:
    first = int(page.continuation or 0)
    after = first + page.page_size
    found = [ListedObject(name=name, size=1) for name in NAMES[first:after]]
    return ObjectPage(store=page.store, objects=found, continuation=str(after) if after < len(NAMES) else None)


def _convert(request: ConvertTable) -> ConvertedTable:
    return ConvertedTable(target=request.target, size=1, rows=2, columns=[])


def _convert_what_is_there(request: ConvertTable) -> ConvertedTable:
    if request.source.name == NAMES[3]:
        raise ObjectNotFound(f"there is no object {NAMES[3]!r}")
    return _convert(request)


def _convert_what_is_whole(request: ConvertTable) -> ConvertedTable:
    if request.source.name == NAMES[3]:
        raise NonRetryable("it is cut short")
    return _convert(request)


def _with(convert: Callable[[ConvertTable], ConvertedTable]) -> dict[Any, Callable[[Any], Any]]:
    return {LIST_PAGE: _list, CONVERT_TABLE: convert, DELETE_TABLES: lambda _: DeletedTables(count=1)}


ONE_GONE = _with(_convert_what_is_there)
ONE_DAMAGED = _with(_convert_what_is_whole)
