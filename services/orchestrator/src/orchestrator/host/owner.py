"""What one takeover does with each receive: run turns, commit, send, settle.

What happens when the process dies, line by line of `work`:
after receive, nothing is durable: the messages come again and lead to the same turns. After the commit, the messages
come again, their ids are consumed: what is open is sent again under the same ids, and they are settled. After some or
all sends, the same; the broker or the task drops the duplicates. After some settles, the same for the rest.

1. A turn commits once, before anything of it is sent; messages are settled last.
2. One instance that fails harms no other: what can't be run or stored becomes `Blocked`.
3. Nothing else touches the residents and the receiver's deliveries.
"""

from __future__ import annotations

import asyncio
import logging

from durable.errors import UndecodableMessage
from durable.failure import text_of
from orchestrator.host.committer import Commit, Committer
from orchestrator.host.dispatch import Dispatcher, Sending
from orchestrator.host.grounds import Grounds
from orchestrator.host.host_ports import HostPorts
from orchestrator.host.outbox import Addressed, Origin, messages_of, open_messages_of
from orchestrator.host.ownership import Ownership
from orchestrator.host.parking import Parking
from orchestrator.host.plans import Plan, run_turn, settle_plan
from orchestrator.host.requests import answer
from orchestrator.host.residents import Grave, Loader, Resident, Residents, starting
from orchestrator.host.rounds import Prepared, Rounds, start_first
from orchestrator.host.triage import Asked, Inbox, Item, Refused, Triaged, refuse_ahead, triage, triage_unknown
from orchestrator.host.upkeep import Upkeep

_LOG = logging.getLogger(__name__)
LOADS_MAX = 16


class Owner:
    """One takeover of one partition, with the instances that it has in memory."""

    def __init__(self, ports: HostPorts, owned: Ownership, dispatcher: Dispatcher) -> None:
        self._ports = ports
        self._partition = owned.partition
        self._dispatcher = dispatcher
        self._residents = Residents()
        self._loader = Loader(ports.store, ports.setup, owned)
        self._committer = Committer(ports.store, owned)
        self._upkeep = Upkeep(self._loader, self._committer)
        self._grounds = Grounds(
            owned.partition, ports.store, ports.clock, self._residents, self._loader, self._committer, self._upkeep
        )
        self._parking = Parking(self._grounds, owned.number, ports.limits.parked_for)

    async def open(self) -> None:
        """Learn what must be known before the first receive."""
        await self._dispatcher.dispatch(Sending(await self._parking.load()))

    def close(self) -> None:
        """Forget all instances."""
        self._upkeep.close()
        self._residents.clear()

    def evict(self, instance_id: str) -> None:
        """Forget an instance; it is read again when it is needed. Not while `work` is at it."""
        self._residents.drop(instance_id)

    async def work(self, inbox: Inbox) -> None:
        """Run the turns that these messages cause, commit them, send, settle.

        Raises:
            OwnershipLost: another host has taken the partition over; what was not committed comes again.
            LockLost: the session is somebody else's.
        """
        for refused in inbox.refused:
            await self._dispatcher.refuse(refused.delivery, refused.reason, refused.description)
        inbox.refused.clear()
        sending = Sending(inputs=[heard.delivery for heard in inbox.heard])
        rounds = Rounds(inbox.items)
        while rounds.todo:
            await self._load(rounds)
            prepared = [self._prepare(id_, items, rounds) for id_, items in rounds.take()]
            plans = [entry.plan for entry in prepared if entry.plan is not None]
            commit = await self._committer.commit(plans, self._ports.nonce()) if plans else Commit()
            failed = rounds.again(commit)
            for entry in prepared:
                if entry.plan not in failed:
                    await self._finish(entry, sending)
            await self._park([item for entry in prepared for item in entry.sorted.park], sending)
        for asked in inbox.asked:
            await self._answer(asked, sending)
        await self._expire(inbox.expired, sending)
        await self._dispatcher.dispatch(sending)

    async def _park(self, items: list[Item], sending: Sending) -> None:
        if items:
            parked = await self._parking.park(items)
            sending.messages += parked.messages
            sending.inputs += parked.inputs
            for refused in parked.refused:
                await self._dispatcher.refuse(refused.delivery, refused.reason, refused.description)

    async def _expire(self, items: list[Item], sending: Sending) -> None:
        for item in items:
            refused = self._parking.expired(item)
            if refused is None:
                sending.inputs.append(item.delivery)
            elif await self._dispatcher.refuse(refused.delivery, refused.reason, refused.description):
                await self._parking.remove(item.message)

    async def _answer(self, asked: Asked, sending: Sending) -> None:
        done = await answer(asked, self._grounds)
        if isinstance(done, Refused):
            await self._dispatcher.refuse(done.delivery, done.reason, done.description)
        elif done is not None:
            sending.messages += done.messages
            sending.inputs.append(asked.delivery)

    async def _load(self, rounds: Rounds) -> None:
        gate = asyncio.Semaphore(LOADS_MAX)

        async def load(instance_id: str) -> None:
            async with gate:
                self._residents.drop(instance_id)
                try:
                    resident = await self._loader.load(instance_id)
                except UndecodableMessage as error:
                    _LOG.error("instance %s can't be read, its messages are left as they are: %s", instance_id, error)
                    rounds.leave(instance_id)
                    return
                if isinstance(resident, Grave):
                    rounds.bury(resident)
                elif resident is not None:
                    self._residents.keep(resident)

        await asyncio.gather(*(load(id_) for id_ in rounds.to_load(self._residents)))
        self._upkeep.sweep()
        for id_ in filter(self._parking.holds, rounds.todo):
            if self._residents.get(id_) is not None or rounds.starts(id_, rounds.todo[id_]):
                rounds.park(id_, await self._parking.of(id_))

    def _prepare(self, instance_id: str, items: list[Item], rounds: Rounds) -> Prepared:
        hopeless = rounds.refuse_hopeless(instance_id, items)
        if hopeless is not None:
            return Prepared(None, hopeless, None)
        resident = self._residents.get(instance_id)
        if resident is None and rounds.starts(instance_id, items):
            grave = rounds.grave_of(instance_id)
            items = start_first(items)
            resident = starting(items[0].message, self._partition, self._ports.setup, grave)
        if resident is None:
            return Prepared(None, triage_unknown(items), None)
        resident.parked = rounds.parked_of(instance_id) if resident.turns == 0 else []
        sorted_ = triage(resident, items)
        if sorted_.ahead and rounds.reload(instance_id):
            return Prepared(None, Triaged(), None)
        refuse_ahead(sorted_)
        fault = rounds.fault_of(instance_id)
        if fault is not None and resident.instance is not None:
            resident.instance.block(fault)
        return Prepared(resident, sorted_, self._plan(resident, sorted_, rounds))

    def _plan(self, resident: Resident, sorted_: Triaged, rounds: Rounds) -> Plan | None:
        instance = resident.instance
        if instance is None or not (sorted_.take or instance.pending):
            return None
        try:
            plan = run_turn(resident, instance, sorted_.take, self._ports.clock.now())
        except Exception as error:
            id_ = resident.identity.instance_id
            _LOG.exception("instance %s: the engine failed on it", id_)
            rounds.block(id_, f"the engine failed: {type(error).__name__}: {text_of(error)}")
            sorted_.clear()
            return None
        if not plan.turn.events:
            sorted_.settle += plan.inputs
            return None
        return plan

    async def _finish(self, entry: Prepared, sending: Sending) -> None:
        """What was committed, or needs no commit, is ready to be sent and settled."""
        resident, sorted_ = entry.resident, entry.sorted
        for refused in sorted_.refused:
            await self._dispatcher.refuse(refused.delivery, refused.reason, refused.description)
        sending.inputs += sorted_.settle
        if resident is None:
            for delivery in sorted_.settle:
                _LOG.info("message %s is settled: the instance that it answers is not there", delivery.id)
            return
        if entry.plan is not None:
            settle_plan(entry.plan)
            if entry.plan.unparked:
                self._parking.taken(resident.identity.instance_id)
            sending.messages += messages_of(self._origin(resident), entry.plan.turn.events, entry.plan.turn.outbox)
            sending.inputs += entry.plan.inputs
        for turn in sorted({turn for turn, _ in sorted_.resend}):
            try:
                sending.messages += await self._open_messages(resident, turn)
            except UndecodableMessage as error:
                id_ = resident.identity.instance_id
                _LOG.warning("instance %s: turn %d waits for an owner that can read it: %s", id_, turn, error)
                continue
            sending.inputs += [delivery for of_turn, delivery in sorted_.resend if of_turn == turn]
        self._upkeep.look_at(resident)
        self._residents.keep(resident)

    def _origin(self, resident: Resident) -> Origin:
        return resident.origin(self._ports.partition_count)

    async def _open_messages(self, resident: Resident, turn: int) -> list[Addressed]:
        committed = await self._loader.turn(resident.identity, turn)
        instance = resident.instance
        is_open = instance.is_open if instance is not None else lambda _task, _attempt: False
        return open_messages_of(self._origin(resident), committed.events, committed.outbox, is_open)
