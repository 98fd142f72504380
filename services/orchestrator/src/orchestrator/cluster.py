"""The replicas of one deployment: how many partitions it has, who is there, and who has just come or gone.

1. The partition count is recorded once, at the first start; a different value later is refused, since it would send
   the messages of an instance to another partition than its history.
2. A replica writes a host record every `HEARTBEAT`; the record lives for `HOST_TTL`, so a replica that died is gone
   then. A replica that leaves deletes its record.
3. Whoever comes or goes also touches the cluster record, which the others look at often since that costs little:
   a handover by intent is noticed at once, a death after `HOST_TTL`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from durable.codec import encode_time
from durable.errors import DurableError, Refusal, WriteRefused
from durable.ports import Clock, Create, Delete, Record, RecordStore, Upsert
from orchestrator.host.patience import until_answered
from orchestrator.records import CLUSTER

HEARTBEAT = timedelta(seconds=3)
HOST_TTL = timedelta(seconds=15)
LOOK_EVERY = timedelta(seconds=0.25)
LIST_EVERY = timedelta(seconds=1)
_DEPLOYMENT = "deployment"
_MEMBERSHIP = "membership"


class PartitionCountDiffers(DurableError):
    """The deployment was set up with another number of partitions."""


async def agree_on_partition_count(store: RecordStore, count: int) -> None:
    """Record the partition count at the first start, and compare with it ever after.

    Raises:
        PartitionCountDiffers: the deployment has another count.
    """
    record: Record = {"v": 1, "id": _DEPLOYMENT, "kind": "cluster", "partition": CLUSTER, "partition_count": count}
    try:
        await until_answered(lambda: store.write(CLUSTER, [Create(record)]), "partition count")
    except WriteRefused as refused:
        if refused.refusal is not Refusal.EXISTS:
            raise
    stored = await until_answered(lambda: store.read(CLUSTER, _DEPLOYMENT), "partition count")
    recorded = stored.record["partition_count"] if stored else count
    if recorded != count:
        raise PartitionCountDiffers(
            f"expected PARTITION_COUNT={recorded}, with which this deployment was set up; found {count}. "
            "Another count would look for histories where they are not"
        )


class Membership:
    """This replica among its like."""

    def __init__(self, store: RecordStore, clock: Clock, host: str, nonce: Callable[[], str]) -> None:
        self._store = store
        self._clock = clock
        self._host = host
        self._nonce = nonce
        self._seen: str | None = None

    async def join(self) -> None:
        """Be counted from now on, and let the others know."""
        await self.beat()
        await self._touch()

    async def beat(self) -> None:
        """Stay counted for another `HOST_TTL`."""
        record: Record = {
            "v": 1,
            "id": _host_id(self._host),
            "kind": "host",
            "partition": CLUSTER,
            "host": self._host,
            "at": encode_time(self._clock.now()),
            "ttl": int(HOST_TTL.total_seconds()),
        }
        await self._store.write(CLUSTER, [Upsert(record)])

    async def leave(self) -> None:
        """Be counted no longer, and let the others know."""
        try:
            await self._store.write(CLUSTER, [Delete(_host_id(self._host))])
        except WriteRefused as refused:
            if refused.refusal is not Refusal.MISSING:
                raise
        await self._touch()

    async def hosts(self) -> frozenset[str]:
        """Name the replicas that are there."""
        stored = [one async for one in self._store.scan(CLUSTER, _host_id(""), _host_id("~"))]
        return frozenset(one.record["host"] for one in stored)

    async def changed(self) -> bool:
        """Tell whether somebody has come or gone by intent since this was last asked."""
        stored = await self._store.read(CLUSTER, _MEMBERSHIP)
        etag = stored.etag if stored else None
        seen, self._seen = self._seen, etag
        return etag != seen

    async def _touch(self) -> None:
        record: Record = {"v": 1, "id": _MEMBERSHIP, "kind": "membership", "partition": CLUSTER, "by": self._nonce()}
        await self._store.write(CLUSTER, [Upsert(record)])


def _host_id(host: str) -> str:
    return f"host~{host}"
