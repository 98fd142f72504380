from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from durable.codec import encode_time
from durable.ports import HeadQuery, Record, RecordStore, Stored
from durable.status import Status

DAY = datetime(2026, 3, 1, tzinfo=UTC)


class StoreWorld(Protocol):
    """A record store under test; each test has a database of its own."""

    @property
    def store(self) -> RecordStore: ...


def a_record(id: str, partition: str = "001", **fields: Any) -> Record:
    return {"id": id, "partition": partition, "kind": "turn", **fields}


def a_head(id: str, minute: int, partition: str = "001", saga: str = "s", status: Status = Status.RUNNING) -> Record:
    created = encode_time(DAY + timedelta(minutes=minute))
    return a_record(id, partition, saga=saga, status=status.value, created_at=created) | {"kind": "instance"}


async def scanned(store: RecordStore, first: str, last: str, partition: str = "001") -> list[Stored]:
    return [stored async for stored in store.scan(partition, first, last)]


async def listed(store: RecordStore, query: HeadQuery) -> list[str]:
    return [head.record["id"] for head in (await store.heads(query)).heads]
