"""Reads instances from the store: histories, put together and replayed.

1. What is read is at least as new as the takeover, or as what was committed since if the token says so.
2. An instance whose history this code can't read or replay comes as one that can be blocked.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from time import perf_counter

from durable.charges import counted
from durable.errors import PayloadUnreadable, UndecodableMessage
from durable.ports import Record, Stored
from durable.status import Status
from durable.telemetry.metrics.declared import LOADS, REPLAY_DURATION, REPLAY_EVENTS
from durable.vault import open_event, open_events
from orchestrator.assembly import Assembly, whole_turns
from orchestrator.engine import Identity, Instance, Unreadable
from orchestrator.heads import Head, decode_head, start_message
from orchestrator.host.account import Account
from orchestrator.host.consumed import Place
from orchestrator.host.host_ports import HostPorts
from orchestrator.host.ownership import Ownership
from orchestrator.host.patience import until_answered
from orchestrator.host.residents import Grave, Resident
from orchestrator.host.spans.run_trace import Root, RunTrace, read_run_trace
from orchestrator.host.watchdog import TurnTooLong, told_of
from orchestrator.pages import owner_number
from orchestrator.records import CarriedIds, TurnRecord, carried_by, decode_turn, history_of, turn_id, turn_range
from orchestrator.tombstones import decode_tombstone, is_tombstone

REPLAY_TURNS = 2  # A replay may take as long as so many turns.


class Loader:
    """Reads residents of one partition from the store, at least as new as the takeover.

    Attributes:
        token: what is read is at least as new as the write that gave it.
        strays: ids of records met that nobody needs any more.
        condemned: instances whose code must not be run, and why.
    """

    def __init__(self, ports: HostPorts, owned: Ownership) -> None:
        self._store = ports.store
        self._vault = ports.vault
        self._metrics = ports.metrics
        self._watchdog = ports.watchdog
        self._setup = ports.setup
        self._root = None if ports.tracing is None else ports.tracing.root
        self._partition = owned.partition
        self._number = owned.number
        self.token = owned.token
        self.strays: list[str] = []
        self.condemned: dict[str, str] = {}

    async def load(self, instance_id: str, *, reopens: bool = False) -> Resident | Grave | None:
        """Read an instance, however long the store takes to answer; `None` if there never was one.

        One that has ended comes without its code, unless something may reopen it.
        """
        with counted() as charges:
            found = await until_answered(lambda: self._load(instance_id, reopens=reopens), f"instance {instance_id}")
        if isinstance(found, Resident):
            found.account.owed += charges.ru
        self._metrics.add(LOADS, 1, _kind_of(found))
        return found

    async def recall(self, resident: Resident, execution: int) -> None:
        """Look up what an earlier execution took as answers, however long the store takes to answer."""
        id_ = resident.identity.instance_id
        records = await until_answered(lambda: self._turns_of(id_, execution), f"execution {execution} of {id_}")
        resident.consumed.recall(execution, records)

    async def history(self, instance_id: str, execution: int) -> list[TurnRecord]:
        """Read all turns of an execution, however long the store takes to answer.

        Raises:
            UndecodableMessage: this code can't read one of them.
        """
        what = f"execution {execution} of {instance_id}"
        records = await until_answered(lambda: self._turns_of(instance_id, execution), what)
        return [decode_turn(record) for record in records]

    async def head(self, instance_id: str) -> Stored | None:
        """Read the head of an instance, or its tombstone, however long the store takes to answer."""
        return await until_answered(
            lambda: self._store.read(self._partition, instance_id, self.token), f"instance {instance_id}"
        )

    async def records(self, first: str, last: str) -> list[Record]:
        """Read the records of a range of ids, however long the store takes to answer."""

        async def listed() -> list[Record]:
            return [stored.record async for stored in self._store.scan(self._partition, first, last, self.token)]

        return await until_answered(listed, f"records from {first}")

    async def turn(self, identity: Identity, sequence: int) -> TurnRecord:
        """Read one committed turn, however long the store takes to answer."""
        id_ = turn_id(identity.instance_id, identity.execution, sequence)
        stored = await until_answered(lambda: self._store.read(self._partition, id_, self.token), f"turn {id_}")
        if stored is not None and "pages" not in stored.record:
            return decode_turn(stored.record)
        return await until_answered(lambda: self._joined_turn(identity, sequence), f"turn {id_}")

    async def _joined_turn(self, identity: Identity, sequence: int) -> TurnRecord:
        async with aclosing(self._turns(identity, Assembly(sequence - 1), sequence - 1)) as turns:
            async for record in turns:
                if record["sequence"] == sequence:
                    return decode_turn(record)
                break
        id_ = turn_id(identity.instance_id, identity.execution, sequence)
        raise LookupError(f"expected turn {id_}, which this owner has seen; the store has none")

    def _strays(self, assembly: Assembly) -> list[str]:
        # A turn of this very owner may name pages and not be seen yet: what is read is as new as the takeover.
        foreign = [page["id"] for page in assembly.unnamed if owner_number(page) < self._number]
        return assembly.covered + foreign

    def _turns(self, identity: Identity, assembly: Assembly, after: int = 0) -> AsyncGenerator[Record]:
        first, last = turn_range(identity.instance_id, identity.execution, after)
        return whole_turns(self._store.scan(self._partition, first, last, self.token), assembly)

    async def _turns_of(self, instance_id: str, execution: int) -> list[Record]:
        return [record async for record in self._turns(Identity(instance_id, "", execution), Assembly())]

    async def _load(self, instance_id: str, *, reopens: bool) -> Resident | Grave | None:
        stored = await self._store.read(self._partition, instance_id, self.token)
        if stored is None:
            return None
        if is_tombstone(stored.record):
            return Grave(decode_tombstone(stored.record), stored.etag)
        head = decode_head(stored.record)
        resident = _resident_of(head)
        identity = resident.identity
        if head.turns == 0:
            return await self._unbegun(resident, head, stored.etag)
        assembly = Assembly()
        records = [record async for record in self._turns(identity, assembly)]
        self.strays += self._strays(assembly)
        resident.compacted = assembly.compacted
        resident.turns = records[-1]["sequence"] if records else 0
        resident.unsure = Place(head.execution, resident.turns)
        resident.consumed.read(records)
        resident.account.catch_up(records, head.turns)
        if records:
            await resident.consumed.hear(carried_by(records[0]), head.updated_at, partial(self._turns_of, instance_id))
        resident.run_trace = _placed(records, head.trace, self._root)
        if not head.status.ended or (reopens and resident.may_reopen):
            resident.instance = await self._instance_of(head, identity, records)
        return resident

    async def _unbegun(self, resident: Resident, head: Head, etag: str) -> Resident:
        resident.pending_start = start_message(head, etag)
        resident.head_etag = etag
        await self._open_start(resident)
        before = CarriedIds(more_in=head.execution - 1 or None)
        await resident.consumed.hear(before, head.updated_at, partial(self._turns_of, head.instance_id))
        return resident

    async def _open_start(self, resident: Resident) -> None:
        start, instance = resident.pending_start, Instance.new(resident.identity, self._setup)
        assert start is not None
        try:
            resident.pending_start = replace(start, event=await open_event(self._vault, start.event))
        except PayloadUnreadable as error:
            instance.block(str(error))
        resident.instance = instance

    async def _instance_of(self, head: Head, identity: Identity, records: list[Record]) -> Instance | Unreadable:
        fault = self.condemned.get(identity.instance_id)
        if fault is not None:
            return _unreadable(head, identity, records, fault)
        try:
            history = await open_events(self._vault, history_of([decode_turn(record) for record in records]))
            started = perf_counter()
            instance = self._watchdog.run(partial(Instance.replay, identity, self._setup, history), REPLAY_TURNS)
            self._metrics.observe(REPLAY_DURATION, perf_counter() - started, head.saga)
            self._metrics.observe(REPLAY_EVENTS, len(history), head.saga)
            return instance
        except UndecodableMessage as error:
            fault = str(error)
        except TurnTooLong as error:
            fault = told_of(error, REPLAY_TURNS * self._watchdog.limit, "a replay")
        return _unreadable(head, identity, records, fault)


def _placed(records: list[Record], trace: Mapping[str, str], root: Root | None) -> RunTrace | None:
    if root is None or not records:
        return None
    try:
        return read_run_trace(decode_turn(records[0]), trace, root)
    except UndecodableMessage:
        return None


def _resident_of(head: Head) -> Resident:
    identity = Identity(head.instance_id, head.run, head.execution)
    resident = Resident(identity, head.partition, head.saga, None, head, trace=head.trace)
    resident.account = Account(head.cost)
    resident.unsure = Place(head.execution, 0)
    return resident


def _kind_of(found: Resident | Grave | None) -> str:
    if found is None:
        return "unknown"
    if isinstance(found, Grave):
        return "purged"
    return "ended" if found.instance is None else "open"


def _unreadable(head: Head, identity: Identity, records: list[Record], fault: str) -> Unreadable:
    last = records[-1]
    count = last["first_event"] + len(last["events"]) - 1
    return Unreadable(identity, count, fault, pending=head.status is not Status.BLOCKED)
