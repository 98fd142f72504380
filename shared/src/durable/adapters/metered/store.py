"""Times the calls of a record store, and counts what it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Sequence
from time import perf_counter
from typing import TypeVar

from durable.errors import WriteRefused, WriteUncertain
from durable.ports import HeadPage, HeadQuery, Operation, Receipt, RecordStore, Stored
from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import STORE_DURATION, STORE_REFUSALS

T = TypeVar("T")


class MeteredStore:
    """See `RecordStore`."""

    def __init__(self, store: RecordStore, metrics: Metrics) -> None:
        self._store = store
        self._metrics = metrics

    async def write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        try:
            return await self._timed("write", self._store.write(partition, operations))
        except WriteRefused as error:
            self._metrics.add(STORE_REFUSALS, 1, error.refusal.name.lower())
            raise

    async def read(self, partition: str, id: str, token: str | None = None) -> Stored | None:
        return await self._timed("read", self._store.read(partition, id, token))

    async def scan(self, partition: str, first: str, last: str, token: str | None = None) -> AsyncIterator[Stored]:
        started = perf_counter()
        async for stored in self._store.scan(partition, first, last, token):
            yield stored
        self._metrics.observe(STORE_DURATION, perf_counter() - started, "scan", "done")

    async def heads(self, query: HeadQuery) -> HeadPage:
        return await self._timed("list", self._store.heads(query))

    async def count(self, query: HeadQuery) -> int:
        return await self._timed("count", self._store.count(query))

    async def close(self) -> None:
        await self._store.close()

    async def _timed(self, operation: str, answer: Awaitable[T]) -> T:
        started, outcome = perf_counter(), "done"
        try:
            return await answer
        except WriteRefused:
            outcome = "refused"
            raise
        except WriteUncertain:
            outcome = "uncertain"
            raise
        finally:
            self._metrics.observe(STORE_DURATION, perf_counter() - started, operation, outcome)
