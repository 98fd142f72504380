"""Creates the heads of new instances: those asked for at about the same time share one write.

1. Each partition has at most one batch under way; what is asked for in the meantime goes into the next one.
2. A batch is all or nothing, and no two of its heads have one id. When it is refused for one head, that one is
   answered and the rest is written again.
3. A batch of unknown outcome is repeated unchanged until the store says. An id that turns out to exist with our own
   `start` in it means that an earlier try was written, and with it the whole batch of that try.
4. If the process dies: a head not written was never started; one that was is `Pending` and sent by its owner.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from durable.errors import Refusal, WriteRefused, WriteUncertain
from durable.ports import BATCH_BYTES_MAX, OPERATIONS_MAX, Create, Operation, Record, RecordStore, Replace

HEADS_MAX = OPERATIONS_MAX - 1
# The store may write text that is not ASCII in up to three times its bytes.
HEAD_BYTES_MAX = BATCH_BYTES_MAX // 2
DELAY_FIRST_SECONDS = 0.02
DELAY_MAX_SECONDS = 1.0
_TAKEN = frozenset({Refusal.EXISTS, Refusal.CHANGED})


class HeadWriter:
    """Writes new heads, one lane for each partition."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store
        self._lanes: dict[str, _Lane] = {}

    async def create(self, record: Record, size: int, over: str | None = None) -> str:
        """Write a head of about `size` bytes and give its etag. To give up waiting, cancel.

        With `over`, the etag of a tombstone, it takes the place of that one.

        Raises:
            WriteRefused: the id exists, or is no longer that tombstone, or the head is too large; it was not written.
            WriteUncertain: the writer failed; unknown.
        """
        partition = record["partition"]
        lane = self._lanes.get(partition)
        if lane is None:
            lane = self._lanes[partition] = _Lane(self._store, partition)
        return await lane.create(_Waiting(record, size, over, asyncio.get_running_loop().create_future()))

    def token(self, partition: str) -> str | None:
        """Give the token with which a read sees every head written here."""
        lane = self._lanes.get(partition)
        return lane.token if lane else None


@dataclass(slots=True, eq=False)
class _Waiting:
    record: Record
    size: int
    over: str | None
    answer: asyncio.Future[str]

    def operation(self) -> Operation:
        return Create(self.record) if self.over is None else Replace(self.record, self.over)

    def written(self, etag: str) -> None:
        if not self.answer.done():
            self.answer.set_result(etag)

    def failed(self, error: WriteRefused | WriteUncertain) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class _Lane:
    def __init__(self, store: RecordStore, partition: str) -> None:
        self.token: str | None = None
        self._store = store
        self._partition = partition
        self._queue: deque[_Waiting] = deque()
        self._batch: list[_Waiting] = []
        self._delay = DELAY_FIRST_SECONDS
        self._draining: asyncio.Task[None] | None = None

    async def create(self, waiting: _Waiting) -> str:
        self._queue.append(waiting)
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain())
        return await waiting.answer

    async def _drain(self) -> None:
        try:
            while self._take():
                while self._batch:
                    await self._try()
        finally:
            self._draining = None
            for waiting in (*self._batch, *self._queue):
                waiting.failed(WriteUncertain("the writer of new instances stopped before the store answered"))
            self._queue.clear()

    def _take(self) -> list[_Waiting]:
        self._batch = []
        ids: set[str] = set()
        size = 0
        while self._queue and len(self._batch) < HEADS_MAX:
            waiting = self._queue[0]
            size += waiting.size
            if waiting.record["id"] in ids or (ids and size > HEAD_BYTES_MAX):
                break
            self._queue.popleft()
            if not waiting.answer.done():
                self._batch.append(waiting)
                ids.add(waiting.record["id"])
        return self._batch

    async def _try(self) -> None:
        try:
            await self._write()
            self._delay = DELAY_FIRST_SECONDS
        except WriteUncertain:
            await asyncio.sleep(self._delay)
            self._delay = min(2 * self._delay, DELAY_MAX_SECONDS)

    async def _write(self) -> None:
        try:
            receipt = await self._store.write(self._partition, [each.operation() for each in self._batch])
        except WriteRefused as refused:
            await self._answer_refused(refused)
            return
        self.token = receipt.token
        for waiting, etag in zip(self._batch, receipt.etags, strict=True):
            waiting.written(etag)
        self._batch = []

    async def _answer_refused(self, refused: WriteRefused) -> None:
        waiting = self._batch[refused.index]
        if refused.refusal in _TAKEN and await self._is_written(waiting):
            self._batch = [each for each in self._batch if not await self._is_written(each)]
        elif refused.refusal is Refusal.TOO_LARGE and len(self._batch) > 1:
            self._queue.extendleft(reversed(self._batch[1:]))
            self._batch = self._batch[:1]
        else:
            waiting.failed(WriteRefused(0, refused.refusal))
            self._batch.remove(waiting)

    async def _is_written(self, waiting: _Waiting) -> bool:
        """Tell whether a head that exists is ours, and answer if so.

        Raises:
            WriteUncertain: the store does not show it yet.
        """
        stored = await self._store.read(self._partition, waiting.record["id"], self.token)
        if stored is None:
            raise WriteUncertain(f"head {waiting.record['id']!r} exists, and can't be read yet")
        if stored.record.get("start") != waiting.record["start"]:
            return False
        waiting.written(stored.etag)
        return True
