"""The record store port in memory: records as JSON text by partition and id, with versions."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right, insort
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

import orjson

from durable.adapters.batches import check_batch, id_of
from durable.adapters.heads import after, matches, next_page
from durable.charges import charged
from durable.errors import Refusal, WriteRefused
from durable.ports import (
    RECORD_BYTES_MAX,
    Create,
    Delete,
    HeadPage,
    HeadQuery,
    Operation,
    Read,
    Receipt,
    Record,
    Replace,
    Stored,
    Upsert,
)

WRITE_CHARGE = 6.0
READ_CHARGE = 1.0


@dataclass(frozen=True, slots=True)
class _Version:
    text: bytes
    etag: str


@dataclass(slots=True)
class _Partition:
    versions: dict[str, _Version] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)

    def set(self, id: str, version: _Version | None) -> None:
        """Put or remove one record."""
        if id in self.versions:
            self.ids.pop(bisect_left(self.ids, id))
            del self.versions[id]
        if version is not None:
            insort(self.ids, id)
            self.versions[id] = version


class MemoryStore:
    """Records in dictionaries; a batch is applied between two turns of the event loop, or not at all."""

    def __init__(self) -> None:
        self._partitions: dict[str, _Partition] = {}
        self._writes = 0
        self._etags = 0

    async def write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        check_batch(partition, operations)
        await asyncio.sleep(0)
        target = self._partitions.setdefault(partition, _Partition())
        changes: dict[str, _Version | None] = {}
        etags = tuple(
            self._apply(_Step(index, operation), target, changes) for index, operation in enumerate(operations)
        )
        size = sum(len(version.text) for version in changes.values() if version)
        if size > RECORD_BYTES_MAX:
            raise WriteRefused(0, Refusal.TOO_LARGE, f"the batch has {size} bytes")
        for id, version in changes.items():
            target.set(id, version)
        self._writes += 1
        charged(WRITE_CHARGE * len(operations))
        return Receipt(etags, str(self._writes), WRITE_CHARGE * len(operations))

    async def read(
        self,
        partition: str,
        id: str,
        token: str | None = None,  # noqa: ARG002  A memory never lags.
    ) -> Stored | None:
        await asyncio.sleep(0)
        charged(READ_CHARGE)
        version = self._partitions.get(partition, _Partition()).versions.get(id)
        return _stored(version) if version else None

    async def scan(
        self,
        partition: str,
        first: str,
        last: str,
        token: str | None = None,  # noqa: ARG002  A memory never lags.
    ) -> AsyncIterator[Stored]:
        await asyncio.sleep(0)
        charged(READ_CHARGE)
        found = self._partitions.get(partition, _Partition())
        ids = found.ids[bisect_left(found.ids, first) : bisect_right(found.ids, last)]
        for version in [found.versions[id] for id in ids]:
            yield _stored(version)

    async def heads(self, query: HeadQuery) -> HeadPage:
        await asyncio.sleep(0)
        heads = [stored for stored in self._all(query.partition) if matches(stored.record, query)]
        heads.sort(key=lambda stored: str(stored.record["created_at"]), reverse=True)
        return next_page(after(heads, query.continuation), query)

    async def count(self, query: HeadQuery) -> int:
        await asyncio.sleep(0)
        return sum(matches(stored.record, query) for stored in self._all(query.partition))

    async def close(self) -> None:
        await asyncio.sleep(0)

    def _all(self, partition: str | None) -> Iterator[Stored]:
        names = sorted(self._partitions) if partition is None else [partition]
        for name in names:
            found = self._partitions.get(name, _Partition())
            yield from (_stored(found.versions[id]) for id in found.ids)

    def _apply(self, step: _Step, target: _Partition, changes: dict[str, _Version | None]) -> str:
        id = id_of(step.operation)
        current = changes[id] if id in changes else target.versions.get(id)
        step.check(current)
        if isinstance(step.operation, Read):
            return current.etag if current else ""
        if isinstance(step.operation, Delete):
            changes[id] = None
            return ""
        self._etags += 1
        changes[id] = _Version(step.text(), f'"{self._etags:08x}"')
        return f'"{self._etags:08x}"'


@dataclass(frozen=True, slots=True)
class _Step:
    index: int
    operation: Operation

    def check(self, current: _Version | None) -> None:
        operation = self.operation
        if isinstance(operation, Create):
            self._expect(current is None, Refusal.EXISTS)
        elif not isinstance(operation, Upsert):
            self._expect(current is not None, Refusal.MISSING)
        if isinstance(operation, Replace | Delete) and operation.etag is not None and current is not None:
            self._expect(current.etag == operation.etag, Refusal.CHANGED)

    def text(self) -> bytes:
        record: Record = {} if isinstance(self.operation, Delete | Read) else self.operation.record
        text = orjson.dumps(record)
        self._expect(len(text) <= RECORD_BYTES_MAX, Refusal.TOO_LARGE)
        return text

    def _expect(self, fulfilled: bool, refusal: Refusal) -> None:  # noqa: FBT001  A condition, not an option.
        if not fulfilled:
            raise WriteRefused(self.index, refusal)


def _stored(version: _Version) -> Stored:
    return Stored(orjson.loads(version.text), version.etag)
