"""Prepares what an instance does in a round: its messages sorted, its turn run; in memory, nothing is durable yet."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from time import perf_counter

from durable.failure import text_of
from durable.telemetry.metrics.declared import TURN_DURATION
from orchestrator.host.beats import is_refuted, with_last_detail
from orchestrator.host.executions import following, starting
from orchestrator.host.host_ports import HostPorts
from orchestrator.host.judging import fate_of_start, is_foreign_start, taken_at
from orchestrator.host.kept import Residents
from orchestrator.host.plans import run_turn
from orchestrator.host.residents import Resident
from orchestrator.host.rounds import Prepared, Rounds, start_first
from orchestrator.host.saga_logs import about_resident
from orchestrator.host.spans.telling import SpanTelling
from orchestrator.host.starts import Fate
from orchestrator.host.triage import Item, Triaged, refuse_ahead, triage, triage_unknown
from orchestrator.host.watchdog import TurnTooLong, told_of

_LOG = logging.getLogger(__name__)


class Preparing:
    """Prepares for one owner."""

    def __init__(self, ports: HostPorts, partition: str, residents: Residents, spans: SpanTelling | None) -> None:
        self._ports = ports
        self._spans = spans
        self._partition = partition
        self._residents = residents

    def prepare(self, instance_id: str, items: list[Item], rounds: Rounds) -> Prepared:
        """Sort the messages for one instance and run its turn, if that is called for."""
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
        resident = self._successor(resident, items)
        parked = rounds.parked_of(instance_id) if resident.turns == 0 else []
        resident.parked = [message for message in parked if resident.consumed.find(message.id) is None]
        sorted_ = triage(resident, items)
        if sorted_.ahead and rounds.reload(instance_id):
            return Prepared(None, Triaged(), None)
        refuse_ahead(sorted_)
        fault = rounds.fault_of(instance_id)
        if fault is not None and resident.instance is not None:
            resident.instance.block(fault)
        with about_resident(resident, self._ports.clock):
            return self._run(resident, sorted_, rounds)

    def _successor(self, resident: Resident, items: list[Item]) -> Resident:
        """Give the run that the first of these messages begins, if it does and the present one has ended."""
        if not items or resident.instance is not None or resident.head is None:
            return resident
        start = items[0].message
        if not is_foreign_start(resident, start) or taken_at(resident, start) is not None:
            return resident
        if fate_of_start(resident, start) is not Fate.NEXT_RUN:
            return resident
        return following(resident, start, self._ports.setup)

    def _run(self, resident: Resident, sorted_: Triaged, rounds: Rounds) -> Prepared:
        instance = resident.instance
        if instance is None or not (sorted_.take or sorted_.end or instance.pending or resident.continues):
            return Prepared(resident, sorted_, None)
        id_ = resident.identity.instance_id
        if resident.beats:
            _heed_beats(resident, sorted_)
        before = None if self._spans is None else self._spans.look(instance, sorted_.take)
        try:
            turn = partial(run_turn, resident, instance, sorted_.take, sorted_.end, self._ports.clock.now())
            started = perf_counter()
            plan = self._ports.watchdog.run(turn)
            self._ports.metrics.observe(TURN_DURATION, perf_counter() - started, resident.saga)
        except TurnTooLong as error:
            rounds.block(id_, told_of(error, self._ports.watchdog.limit, "a turn"))
            return Prepared(resident, Triaged(), None)
        except Exception as error:
            _LOG.exception("instance %s: the engine failed on it", id_)
            rounds.block(id_, f"the engine failed: {type(error).__name__}: {text_of(error)}")
            return Prepared(resident, Triaged(), None)
        if plan.turn.events:
            if self._spans is not None:
                self._spans.ran(plan, before)
            return Prepared(resident, sorted_, plan)
        sorted_.settle += plan.inputs
        return Prepared(resident, sorted_, None)


def _heed_beats(resident: Resident, sorted_: Triaged) -> None:
    """Let facts say what heartbeats told; a time-out of a start that was heard of is none."""
    refuted = [item for item in sorted_.take if is_refuted(item.message.event, resident.beats)]
    sorted_.settle += [item.delivery for item in refuted]
    kept = [item for item in sorted_.take if item not in refuted]
    events = [with_last_detail(item.message.event, resident.beats) for item in kept]
    sorted_.take = [
        replace(item, message=replace(item.message, event=event)) for item, event in zip(kept, events, strict=True)
    ]
