"""What follows a round: messages of committed turns, of turns perhaps never sent, and the execution that comes next."""

from __future__ import annotations

import logging

from durable.errors import UndecodableMessage
from durable.messages import INSTANCES
from durable.ports import Delivery
from durable.vault import sealed_message
from orchestrator.host.answering import answer_to_parent
from orchestrator.host.consumed import Place
from orchestrator.host.counting import count_turn
from orchestrator.host.dispatch import Dispatcher, Sending
from orchestrator.host.executions import continue_as_new
from orchestrator.host.grounds import Grounds
from orchestrator.host.hearing import Hearing
from orchestrator.host.host_ports import HostPorts
from orchestrator.host.parking import Parking
from orchestrator.host.plans import Plan, settle_plan
from orchestrator.host.resending import open_messages_at
from orchestrator.host.residents import Resident
from orchestrator.host.rounds import Prepared, Rounds
from orchestrator.host.saga_logs import about_resident, log_lines
from orchestrator.host.telling import tell_hooks

_LOG = logging.getLogger(__name__)


class Finishing:
    """Finishes rounds for one owner.

    Attributes:
        hearing: what attempts under way tell, and who lets them know what became of their tasks.
    """

    def __init__(self, ports: HostPorts, grounds: Grounds, dispatcher: Dispatcher, parking: Parking) -> None:
        self.hearing = Hearing(grounds)
        self._ports = ports
        self._grounds = grounds
        self._dispatcher = dispatcher
        self._parking = parking

    async def finish(self, entry: Prepared, rounds: Rounds, sending: Sending) -> None:
        """Make ready to be sent and settled what was committed, or needs no commit."""
        resident, sorted_ = entry.resident, entry.sorted
        for refused in sorted_.refused:
            await self._dispatcher.refuse(refused.delivery, refused.reason, refused.description)
        sending.inputs += sorted_.settle
        for start, fate in sorted_.answer:
            answers = await answer_to_parent(start, fate, self._grounds, self._ports)
            sending.messages += answers
            if resident is not None:
                resident.account.told(answers)
        if resident is None:
            for delivery in sorted_.settle:
                _LOG.info("message %s is settled: the instance that it answers is not there", delivery.id)
            return
        resident.account.took(sorted_.settle)
        with about_resident(resident, self._ports.clock):
            if entry.plan is not None:
                self._committed(resident, entry.plan, sending)
            await self._send_again(resident, sorted_.resend, sending)
        self._grounds.upkeep.look_at(resident)
        self._grounds.residents.keep(resident)
        await self._go_on(entry, resident, rounds, sending)

    def _committed(self, resident: Resident, plan: Plan, sending: Sending) -> None:
        settle_plan(plan)
        if plan.unparked:
            self._parking.taken(resident.identity.instance_id)
        cancels = self.hearing.cancels(resident, plan.turn.events, plan.turn.outbox)
        resident.account.told(cancels)
        sending.messages += plan.messages
        sending.messages += cancels
        sending.inputs += plan.inputs
        log_lines(resident, plan.turn)
        count_turn(self._ports.metrics, resident, plan)
        if self._ports.hooks:
            tell_hooks(self._ports.hooks, resident, plan.plain or plan.turn.events)

    async def _go_on(self, entry: Prepared, resident: Resident, rounds: Rounds, sending: Sending) -> None:
        """Let what is left be taken by what comes next: the next execution, or the run that a start begins."""
        id_ = resident.identity.instance_id
        left = [*(entry.plan.left if entry.plan else ()), *entry.sorted.then]
        following = getattr(resident.instance, "next_start", None)
        if following is None:
            if left:
                rounds.go_on(id_, left)
            return
        continue_as_new(resident, following, self._ports.setup)
        if not rounds.continues(id_, left) and resident.pending_start is not None:
            # Sent to itself before anything of this receive is settled: it goes on though this host should die.
            start = await sealed_message(self._ports.vault, resident.pending_start, resident.partition)
            resident.account.told([(INSTANCES, start)])
            sending.messages.append((INSTANCES, start))

    async def _send_again(self, resident: Resident, resend: list[tuple[Place, Delivery]], sending: Sending) -> None:
        for place in sorted({place for place, _ in resend}):
            try:
                again = await open_messages_at(place, resident, self._grounds)
                if self._grounds.spans is not None:
                    await self._grounds.spans.again(resident, [place])
            except UndecodableMessage as error:
                id_ = resident.identity.instance_id
                _LOG.warning("instance %s: turn %s waits for an owner that can read it: %s", id_, place, error)
                continue
            inputs = [delivery for at, delivery in resend if at == place]
            resident.account.told(again)
            resident.account.took(inputs)
            sending.messages += again
            sending.inputs += inputs
