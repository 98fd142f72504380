"""Group commit: the turns of many instances made durable by as few batches as they fit into.

1. Every batch begins with the fence, the strong one if it deletes: an owner that is no longer one can't commit.
2. One instance's turn is never split over batches. The pages of a large one are written before, each in a batch that is
   fenced like all; what makes the turn valid is one batch still.
3. An unknown outcome is cleared up by repeating the identical batch until the store says yes or no. Until then nothing
   of it is sent and its instances take no further turn.
4. A turn whose id exists was either written by this very batch, whose answer was lost, or by another owner. The writer
   in the stored turn tells which.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

from durable.charges import counted
from durable.errors import LockLost, Refusal, WriteRefused
from durable.ports import BATCH_BYTES_MAX, OPERATIONS_MAX, Create, Delete, Operation, Receipt, RecordStore
from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import COMMIT_CONFLICTS, COMMIT_DURATION, COMMIT_TURNS
from orchestrator.host.ownership import Ownership
from orchestrator.host.patience import until_answered
from orchestrator.host.plans import Plan
from orchestrator.host.written import Written, write_plan
from orchestrator.pages import EventTooLarge
from orchestrator.records import turn_id
from orchestrator.spending import RU_PER_WEIGHT

_BATCH_BYTES = BATCH_BYTES_MAX - 20_000
_CONFLICTS = frozenset({Refusal.EXISTS, Refusal.CHANGED, Refusal.MISSING})


class OwnershipLost(LockLost):
    """The owner document is gone: another host has taken the partition over."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Plans that one write made durable, and the request units that it cost."""

    plans: list[Plan]
    charge: float


@dataclass(slots=True)
class Commit:
    """What became of the plans.

    Attributes:
        writer: what the turns say of who wrote them.
        batches: the writes; without one whose answer was lost.
        committed: durable.
        conflicted: another owner wrote the turn first, or the instance exists: load it and run its messages again.
        refused: the store does not take the turn as it is, and why.
    """

    writer: str = ""
    batches: list[Batch] = field(default_factory=list)
    committed: list[Plan] = field(default_factory=list)
    conflicted: list[Plan] = field(default_factory=list)
    refused: list[tuple[Plan, str]] = field(default_factory=list)


class Committer:
    """Commits for one ownership of one partition."""

    def __init__(self, store: RecordStore, ownership: Ownership, metrics: Metrics | None = None) -> None:
        self._store = store
        self._metrics = metrics or Metrics()
        self._ownership = ownership
        self._token = ownership.token
        self._has_written = False
        self._price = RU_PER_WEIGHT

    async def token(self) -> str | None:
        """Give a token: reads with it see all that was committed by now.

        Raises:
            OwnershipLost: another host has taken the partition over.
        """
        if self._has_written:
            self._has_written = False
            try:
                self._token = (await self._write([self._ownership.fence])).token
            except WriteRefused as refused:
                raise self._lost() from refused
        return self._token

    async def commit(self, plans: Sequence[Plan], batch_id: str) -> Commit:
        """Make the plans durable; returns when the fate of each is known.

        Raises:
            OwnershipLost: the fence is gone; nothing of the batch that found out was written.
        """
        writer = f"{self._ownership.number}:{batch_id}"
        outcome = Commit(writer)
        plain: list[Written] = []
        paged: list[Written] = []
        for plan in plans:
            try:
                entry = write_plan(plan, writer, self._price)
            except (TypeError, ValueError) as error:
                told = str(error) if isinstance(error, EventTooLarge) else f"the turn can't be written as JSON: {error}"
                outcome.refused.append((plan, told))
                continue
            (paged if entry.pages else plain).append(entry)
        batches = [self._batch(group, writer, outcome) for group in _groups(plain)]
        batches += [self._paged(entry, writer, outcome) for entry in paged]
        faults = [fault for fault in await asyncio.gather(*batches, return_exceptions=True) if fault is not None]
        if faults:
            raise faults[0]
        return outcome

    async def _paged(self, entry: Written, writer: str, outcome: Commit) -> None:
        """Write the pages of a large turn, and only then what makes it valid."""
        with counted() as charges:
            for page in entry.pages:
                try:
                    await self._write([self._ownership.fence, Create(page)])
                except WriteRefused as refused:
                    if refused.refusal in _CONFLICTS and refused.index == 0:
                        raise self._lost() from refused
                    # A page that exists is this very one: nobody else has the batch id in its id.
                    if refused.refusal is not Refusal.EXISTS:
                        outcome.refused.append((entry.plan, f"page {page['page']} of the turn: {refused}"))
                        return
        entry.charged = charges.ru
        await self._batch([entry], writer, outcome)

    async def _batch(self, entries: list[Written], writer: str, outcome: Commit) -> None:
        while entries:
            operations = [operation for entry in entries for operation in entry.operations]
            # What sweeps pages must see the turn that names them, or stop it.
            strong = entries[0].pages or any(isinstance(operation, Delete) for operation in operations)
            try:
                fence = self._ownership.strong_fence if strong else self._ownership.fence
                started = perf_counter()
                with counted() as charges:
                    receipt = await self._write([fence, *operations])
            except WriteRefused as refused:
                entries = await self._after_refusal(entries, refused, writer, outcome)
                continue
            self._metrics.observe(COMMIT_DURATION, perf_counter() - started)
            self._metrics.observe(COMMIT_TURNS, len(entries))
            self._share(entries, charges.ru)
            written = Batch([entry.plan for entry in entries], receipt.charge)
            outcome.batches.append(written)
            outcome.committed += written.plans
            return

    def _share(self, entries: list[Written], charge: float) -> None:
        """Let each turn owe what its share is beyond what its record says, and learn what a unit of weight costs."""
        weight = sum(entry.weight for entry in entries)
        for entry in entries:
            entry.plan.owed = entry.charged + charge * entry.weight / weight - entry.estimate
        if not entries[0].pages:
            self._price = charge / weight

    async def add(self, operations: Sequence[Operation]) -> None:
        """Write one batch of records that nobody else writes, again if need be; up to `OPERATIONS_MAX` - 1 operations.

        Raises:
            OwnershipLost: the fence is gone; nothing was written.
            WriteRefused: the store does not take it as it is.
        """
        try:
            await self._write([self._ownership.fence, *operations])
        except WriteRefused as refused:
            if refused.refusal in _CONFLICTS and refused.index == 0:
                raise self._lost() from refused
            raise

    async def rewrite(self, operations: Sequence[Operation]) -> None:
        """Write one batch that deletes or replaces what is stored; up to `OPERATIONS_MAX` - 1 operations.

        Raises:
            OwnershipLost: the fence is gone; nothing was written.
            WriteRefused: something is not as the caller thought, or this very batch was written before its answer was
                lost. The `index` of what exists, is missing or has changed counts from the first of these operations.
        """
        try:
            await self._write([self._ownership.strong_fence, *operations])
        except WriteRefused as refused:
            if refused.refusal not in _CONFLICTS:
                raise
            if refused.index == 0:
                raise self._lost() from refused
            raise WriteRefused(refused.index - 1, refused.refusal) from refused

    async def _write(self, batch: list[Operation]) -> Receipt:
        partition = self._ownership.partition
        self._has_written = self._has_written or len(batch) > 1
        return await until_answered(lambda: self._store.write(partition, batch), f"commit of partition {partition}")

    def _lost(self) -> OwnershipLost:
        return OwnershipLost(f"partition {self._ownership.partition} has another owner")

    async def _after_refusal(
        self, entries: list[Written], refused: WriteRefused, writer: str, outcome: Commit
    ) -> list[Written]:
        if refused.refusal not in _CONFLICTS:
            return await self._one_by_one(entries, refused, writer, outcome)
        if refused.index == 0:
            raise self._lost() from refused
        culprit = _culprit(entries, refused.index - 1)
        if await self._is_mine(culprit.plan, writer):
            outcome.committed += [entry.plan for entry in entries]
            return []
        outcome.conflicted.append(culprit.plan)
        self._metrics.add(COMMIT_CONFLICTS, 1)
        return [entry for entry in entries if entry is not culprit]

    async def _one_by_one(
        self, entries: list[Written], refused: WriteRefused, writer: str, outcome: Commit
    ) -> list[Written]:
        if len(entries) == 1:
            outcome.refused.append((entries[0].plan, str(refused)))
            return []
        for entry in entries:
            await self._batch([entry], writer, outcome)
        return []

    async def _is_mine(self, plan: Plan, writer: str) -> bool:
        identity = plan.resident.identity
        id_ = turn_id(identity.instance_id, identity.execution, plan.sequence)
        partition, token = self._ownership.partition, self._ownership.token
        stored = await until_answered(lambda: self._store.read(partition, id_, token), f"turn {id_}")
        return stored is not None and stored.record["writer"] == writer


def _groups(entries: list[Written]) -> list[list[Written]]:
    groups: list[list[Written]] = []
    operations = size = 0
    for entry in entries:
        full = operations + len(entry.operations) > OPERATIONS_MAX - 1 or size + entry.size > _BATCH_BYTES
        if not groups or full:
            groups.append([])
            operations = size = 0
        groups[-1].append(entry)
        operations += len(entry.operations)
        size += entry.size
    return groups


def _culprit(entries: list[Written], index: int) -> Written:
    for entry in entries:
        if index < len(entry.operations):
            return entry
        index -= len(entry.operations)
    raise AssertionError("the store named an operation that the batch does not have")
