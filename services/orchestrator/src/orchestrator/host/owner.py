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
from functools import partial

from durable.errors import UndecodableMessage
from durable.telemetry.metrics.declared import INSTANCES_LIVE, INSTANCES_REMEMBERED, RECONCILED
from orchestrator.host.accounting import account_for
from orchestrator.host.calling_off import call_off
from orchestrator.host.caution import Caution
from orchestrator.host.committer import Commit, Committer
from orchestrator.host.dispatch import Dispatcher, Sending
from orchestrator.host.finishing import Finishing
from orchestrator.host.grounds import Grounds
from orchestrator.host.host_ports import HostPorts
from orchestrator.host.kept import Residents
from orchestrator.host.loading import Loader
from orchestrator.host.ownership import Ownership
from orchestrator.host.parking import Parking
from orchestrator.host.plans import Plan
from orchestrator.host.preparing import Preparing
from orchestrator.host.reconciling import Reconciler
from orchestrator.host.requests import answer
from orchestrator.host.residents import Grave
from orchestrator.host.rounds import Rounds
from orchestrator.host.saga_logs import about_instance
from orchestrator.host.sealing import open_items, open_messages, seal_plans
from orchestrator.host.spans.telling import SpanTelling
from orchestrator.host.triage import Asked, Inbox, Item, Refused
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
        ports.metrics.watch(INSTANCES_LIVE, self._residents, lambda residents: residents.live_count)
        ports.metrics.watch(INSTANCES_REMEMBERED, self._residents, lambda residents: residents.ended_count)
        self._loader = Loader(ports, owned)
        self._committer = Committer(ports.store, owned, ports.metrics)
        self._caution = Caution(owned, self._committer)
        self._upkeep = Upkeep(self._loader, self._committer)
        self._spans = SpanTelling.of(ports, self._loader, self._committer)
        self._grounds = Grounds(
            partition=owned.partition,
            partition_count=ports.partition_count,
            store=ports.store,
            clock=ports.clock,
            residents=self._residents,
            loader=self._loader,
            committer=self._committer,
            upkeep=self._upkeep,
            caution=self._caution,
            vault=ports.vault,
            setup=ports.setup,
            nonce=ports.nonce,
            watchdog=ports.watchdog,
            hooks=ports.hooks,
            spans=self._spans,
        )
        self._parking = Parking(self._grounds, owned.number, ports.limits.parked_for)
        self._reconciler = Reconciler(self._grounds)
        self._preparing = Preparing(ports, owned.partition, self._residents, self._spans)
        self._finishing = Finishing(ports, self._grounds, dispatcher, self._parking)

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
        inbox.later = {}
        sending = Sending()
        await self._take_turns_with_care(inbox.items, inbox, sending)
        for heard in inbox.heard:
            if not self._caution.is_needed:
                sending.messages += await self._finishing.hearing.hear(heard.heartbeat, len(heard.delivery.body))
            sending.inputs.append(heard.delivery)
        again = [asked.request.instance_id for asked in inbox.asked if await self._answer(asked, sending)]
        await self._take_turns_with_care({instance_id: [] for instance_id in again}, inbox, sending)
        await self._expire(inbox.expired, sending)
        await self._dispatcher.dispatch(sending)
        await self._caution.received(inbox.count)

    async def give_back(self) -> None:
        """Say that the partition is given back as it should be, so that the next owner need not be careful."""
        await self._caution.give_back()

    async def _take_turns_with_care(self, items: dict[str, list[Item]], inbox: Inbox, sending: Sending) -> None:
        for group in self._caution.groups(items):
            await self._caution.name(group)
            await self._take_turns(group, inbox, sending)
            await self._caution.came_through()

    async def _take_turns(self, items: dict[str, list[Item]], inbox: Inbox, sending: Sending) -> None:
        """Run rounds until each message has had its turn; what is left for the next receive is put aside."""
        rounds = Rounds(items)
        for id_ in items:
            fault = self._caution.fault_of(id_)
            if fault is not None:
                self._loader.condemned[id_] = fault
                rounds.fail(id_, fault)
        while rounds.todo:
            await self._load(rounds)
            await open_items(self._ports.vault, rounds, partial(self._is_here, rounds))
            prepared = [self._preparing.prepare(id_, items, rounds) for id_, items in rounds.take()]
            plans = [entry.plan for entry in prepared if entry.plan is not None]
            await seal_plans(self._ports.vault, plans)
            for plan in plans:
                await account_for(plan, self._ports.vault, self._ports.partition_count)
            commit = await self._commit(plans) if plans else Commit()
            failed = rounds.again(commit)
            for entry in prepared:
                if entry.plan not in failed:
                    await self._finishing.finish(entry, rounds, sending)
            await self._park([item for entry in prepared for item in entry.sorted.park], sending)
            await self._call_off([item for entry in prepared for item in entry.sorted.call_off], sending)
        for instance_id, left in rounds.later.items():
            inbox.later.setdefault(instance_id, []).extend(left)

    async def _commit(self, plans: list[Plan]) -> Commit:
        began = None if self._spans is None else self._ports.clock.now()
        commit = await self._committer.commit(plans, self._ports.nonce())
        if self._spans is not None and began is not None:
            await self._spans.committed(commit, began)
        return commit

    async def look_after(self) -> None:
        """Send again what may be lost, if it is time to look; between two receives."""
        if not self._caution.is_needed:
            missed = await self._reconciler.look()
            if missed:
                self._ports.metrics.add(RECONCILED, len(missed))
            await self._dispatcher.dispatch(Sending(missed))

    async def _park(self, items: list[Item], sending: Sending) -> None:
        if items:
            parked = await self._parking.park(items)
            sending.messages += parked.messages
            sending.inputs += parked.inputs
            for refused in parked.refused:
                await self._dispatcher.refuse(refused.delivery, refused.reason, refused.description)

    async def _call_off(self, items: list[Item], sending: Sending) -> None:
        for item in items:
            with about_instance(item.message.instance_id):
                await call_off(item.message, self._grounds)
            sending.inputs.append(item.delivery)

    async def _expire(self, items: list[Item], sending: Sending) -> None:
        for item in items:
            refused = self._parking.expired(item)
            if refused is None:
                sending.inputs.append(item.delivery)
            elif await self._dispatcher.refuse(refused.delivery, refused.reason, refused.description):
                await self._parking.remove(item.message)

    async def _answer(self, asked: Asked, sending: Sending) -> bool:
        """Do what was asked for; tells whether its instance is to be looked at again."""
        with about_instance(asked.request.instance_id):
            done = await answer(asked, self._grounds)
        if isinstance(done, Refused):
            await self._dispatcher.refuse(done.delivery, done.reason, done.description)
            return False
        if done is None:
            return False
        sending.messages += done.messages
        sending.inputs.append(asked.delivery)
        return done.look_again

    async def _load(self, rounds: Rounds) -> None:
        gate = asyncio.Semaphore(LOADS_MAX)

        async def load(instance_id: str) -> None:
            async with gate:
                with about_instance(instance_id):
                    await self._load_one(instance_id, rounds)

        absent = rounds.to_load(self._residents)
        if absent:
            self._loader.token = await self._committer.token()
            await asyncio.gather(*(load(id_) for id_ in absent))
            self._upkeep.sweep()
        await self._look_up(rounds)

    async def _load_one(self, instance_id: str, rounds: Rounds) -> None:
        self._residents.drop(instance_id)
        try:
            resident = await self._loader.load(instance_id, reopens=rounds.reopens(instance_id))
        except UndecodableMessage as error:
            _LOG.error("instance %s can't be read, its messages are left as they are: %s", instance_id, error)
            rounds.leave(instance_id)
            return
        if isinstance(resident, Grave):
            rounds.bury(resident)
        elif resident is not None:
            self._residents.admit(resident)

    async def _look_up(self, rounds: Rounds) -> None:
        """Read what must be known beside the instances themselves."""
        for resident, execution in rounds.to_recall(self._residents):
            await self._loader.recall(resident, execution)
        for id_ in filter(self._parking.holds, rounds.todo):
            if self._is_here(rounds, id_):
                parked = await self._parking.of(id_)
                rounds.park(id_, await open_messages(self._ports.vault, rounds, id_, parked))

    def _is_here(self, rounds: Rounds, instance_id: str) -> bool:
        return self._residents.get(instance_id) is not None or rounds.starts(instance_id, rounds.todo[instance_id])
