"""The record store as the run watches it: who is open, and when nobody is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from durable.adapters.memory import MemoryStore
from durable.ports import Create, Operation, Receipt, Replace, Upsert
from durable.status import Status


class WatchedStore(MemoryStore):
    """Knows from what is written which instances have not ended.

    Attributes:
        open: their ids.
        ids: all ids that there ever were, in order.
        all_ended: set while there are instances and all have ended.
    """

    def __init__(self) -> None:
        super().__init__()
        self.open: set[str] = set()
        self.ids: dict[str, None] = {}
        self.all_ended = asyncio.Event()

    async def write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        receipt = await super().write(partition, operations)
        for operation in operations:
            if isinstance(operation, Create | Replace | Upsert) and operation.record.get("kind") == "instance":
                self._note(operation.record["id"], Status(operation.record["status"]))
        return receipt

    def _note(self, id_: str, status: Status) -> None:
        self.ids[id_] = None
        (self.open.discard if status.ended else self.open.add)(id_)
        (self.all_ended.clear if self.open else self.all_ended.set)()
