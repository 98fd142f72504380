"""The record store over one container of Cosmos DB.

1. A batch is one request. The SDK sends it again by itself when a connection drops or the store says 503, so a refusal
   may be that of a second sending: what it found may be this very batch, written by the first.
2. Reads have Session consistency; a token given makes them see at least its write, also from another process.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from durable.adapters.batches import check_batch
from durable.adapters.cosmos.batch import to_batch, to_receipt
from durable.adapters.cosmos.failures import translated
from durable.adapters.cosmos.metering import Meter
from durable.adapters.cosmos.queries import count_query, heads_query, scan_query
from durable.adapters.heads import after, next_page, place_of
from durable.ports import HeadPage, HeadQuery, Operation, Receipt, Stored

PAGE = 1000
_ADDED_BY_THE_STORE = ("_rid", "_self", "_etag", "_attachments", "_ts")
_LAGGING = "1002"


class CosmosStore:
    """Records in a container; `meter` counts what it costs."""

    def __init__(self, container: ContainerProxy, meter: Meter, close: Callable[[], Awaitable[None]]) -> None:
        self.meter = meter
        self._container = container
        self._close = close

    async def write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        check_batch(partition, operations)
        with translated(f"batch of {len(operations)} operations in partition {partition!r}"):
            results = await self._container.execute_item_batch(to_batch(operations), partition)
        return to_receipt(results, results.get_response_headers())

    async def read(self, partition: str, id: str, token: str | None = None) -> Stored | None:
        with translated(f"read of {id!r} in partition {partition!r}"):
            try:
                item = await self._container.read_item(id, partition, session_token=token)
            except CosmosResourceNotFoundError as error:
                if str(error.sub_status) == _LAGGING:
                    raise
                return None
        return _stored(item)

    async def scan(self, partition: str, first: str, last: str, token: str | None = None) -> AsyncIterator[Stored]:
        query = scan_query(first, last)
        with translated(f"scan from {first!r} to {last!r} in partition {partition!r}"):
            items = self._container.query_items(
                query.text,
                parameters=query.parameters,
                partition_key=partition,
                max_item_count=PAGE,
                session_token=token,
            )
            async for item in items:
                yield _stored(item)

    async def heads(self, query: HeadQuery) -> HeadPage:
        place = place_of(query.continuation)
        asked = heads_query(query)
        needed = query.limit + 1 + (len(place.marks) if place else 0)
        ask = self._container.query_items
        if query.partition is not None:
            ask = partial(ask, partition_key=query.partition)
        found: list[Stored] = []
        with translated("list of heads"):
            items = ask(asked.text, parameters=asked.parameters, max_item_count=min(needed, PAGE))
            async for item in items:
                found.append(_stored(item))
                if len(found) == needed:
                    break
        return next_page(after(found, query.continuation), query)

    async def count(self, query: HeadQuery) -> int:
        asked = count_query(query)
        ask = self._container.query_items
        if query.partition is not None:
            ask = partial(ask, partition_key=query.partition)
        with translated("count of heads"):
            items: AsyncIterator[Any] = ask(asked.text, parameters=asked.parameters)
            return sum([int(item) async for item in items])

    async def close(self) -> None:
        await self._close()


def _stored(item: Mapping[str, Any]) -> Stored:
    record = dict(item)
    etag = str(record["_etag"])
    for name in _ADDED_BY_THE_STORE:
        record.pop(name, None)
    return Stored(record, etag)
