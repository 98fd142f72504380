"""Tells the spans of one takeover: of what it commits, and again of what was perhaps never sent.

1. Nothing is told before it is durable. What another owner committed is told by that one.
2. What a turn tells is handed over before its messages are sent: should the process die in between, the messages that
   led to it come again, and the next owner tells it again.
3. A run that is not recorded and fails is told as a whole from its history, but for what had failed and was told then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from durable.errors import UndecodableMessage
from durable.events import ContinuedAsNew, HistoryEvent, Rewound
from durable.telemetry.context import TraceContext, context_of
from durable.telemetry.tracing import Tracing
from orchestrator.engine import Instance, Unreadable
from orchestrator.engine.ledger import Ledger
from orchestrator.host.committer import Commit, Committer
from orchestrator.host.consumed import Place
from orchestrator.host.host_ports import HostPorts
from orchestrator.host.loading import Loader
from orchestrator.host.plans import Plan
from orchestrator.host.residents import Resident
from orchestrator.host.spans.commits import Written, commit_span
from orchestrator.host.spans.costs import with_cost
from orchestrator.host.spans.endings import FAILED_ENDS, spans_of_leaving
from orchestrator.host.spans.histories import fold, spans_of_history, taken_over
from orchestrator.host.spans.run_trace import RunTrace, read_run_trace, run_trace_of
from orchestrator.host.spans.shapes import Shapes
from orchestrator.host.spans.turns import Before, Committed, before_turn, spans_of_turn, tells
from orchestrator.host.triage import Item
from orchestrator.records import TurnRecord

_LOG = logging.getLogger(__name__)
TOLD_MAX = 10_000


class SpanTelling:
    """Tells for one owner."""

    def __init__(self, ports: HostPorts, tracing: Tracing, loader: Loader, committer: Committer) -> None:
        self._tracing = tracing
        self._clock = ports.clock
        self._database = ports.database
        self._loader = loader
        self._committer = committer
        self._told_again: set[tuple[str, Place]] = set()

    @staticmethod
    def of(ports: HostPorts, loader: Loader, committer: Committer) -> SpanTelling | None:
        """Give who tells for an owner; `None` if nobody takes spans."""
        return None if ports.tracing is None else SpanTelling(ports, ports.tracing, loader, committer)

    @staticmethod
    def look(instance: Instance | Unreadable, items: Iterable[Item]) -> Before | None:
        """Look how an execution stands before a turn over these messages; `None` if it can't be read."""
        if isinstance(instance, Unreadable):
            return None
        return before_turn(instance.ledger, [item.message.event for item in items])

    def ran(self, plan: Plan, before: Before | None) -> None:
        """Place the execution of a turn that ran; the one that follows it, if it continues, goes on from its span."""
        plan.before, resident = before, plan.resident
        instance = resident.instance
        if not isinstance(instance, Instance):
            return
        place = resident.run_trace
        if place is None:
            opening, root = instance.ledger.opening, self._tracing.root
            if instance.started is None or opening is None:
                return
            place = run_trace_of(resident.identity, instance.saga, opening, resident.trace, root)
            resident.run_trace = place
        if plan.head is not None and instance.ledger.continued is not None:
            plan.head = replace(plan.head, trace=place.run_span(plan.turn.at).within(resident.trace))

    def branched(self, plan: Plan) -> None:
        """Place the execution of a first turn that took over the beginning of another one."""
        events = plan.turn.events
        own = taken_over(events)
        self.ran(plan, before_turn(fold(Ledger(), events[:own]), events[own:]))

    async def committed(self, commit: Commit, began: datetime) -> None:
        """Tell of the turns that were committed, and of the writes.

        Raises:
            OwnershipLost: another host has taken the partition over.
        """
        until = self._clock.now()
        told: dict[int, TraceContext] = {}
        late: list[Plan] = []
        for plan in commit.committed:
            place = plan.resident.run_trace
            if place is None or plan.before is None or _fails_unrecorded(place, plan.turn.events):
                late.append(plan)
            elif tells(place, plan.turn.events):
                context = self._tell(plan, place, plan.before, until)
                if context.sampled:
                    told[id(plan)] = context
        for number, batch in enumerate(commit.batches):
            turns = [told[id(plan)] for plan in batch.plans if id(plan) in told]
            if turns:
                written = Written(
                    batch.plans[0].resident.partition, self._database, (commit.writer, number), batch.charge
                )
                self._tracing.finished(commit_span(written, turns, (began, until)))
        if late:
            self._loader.token = await self._committer.token()
            await asyncio.gather(*(self._tell_from_history(plan, until) for plan in late))

    def left(self, resident: Resident, history: Sequence[HistoryEvent], at: datetime) -> None:
        """Tell what an execution leaves since a rewind took its place."""
        if resident.run_trace is not None:
            self._tell_of_leaving(resident.run_trace, history, at)

    async def again(self, resident: Resident, places: Iterable[Place]) -> None:
        """Tell once more of turns that were perhaps never sent, and of those that followed them without messages.

        Raises:
            UndecodableMessage: this code can't read them.
        """
        id_ = resident.identity.instance_id
        wanted: dict[int, set[int]] = {}
        for place in places:
            if (id_, place) not in self._told_again:
                wanted.setdefault(place.execution, set()).add(place.turn)
        while wanted:
            execution = min(wanted)
            numbers = wanted.pop(execution)
            turns = await self._loader.history(id_, execution)
            await self._tell_turns(turns, numbers)
            self._remember((id_, Place(execution, number)) for number in numbers)
            following = Place(execution + 1, 1)
            if any(turn.sequence in numbers and _continues(turn) for turn in turns) and following <= resident.unsure:
                wanted.setdefault(following.execution, set()).add(following.turn)

    def _tell(self, plan: Plan, place: RunTrace, before: Before, until: datetime) -> TraceContext:
        """Tell of a turn, and give its span."""
        instance = plan.resident.instance
        assert isinstance(instance, Instance)
        links = tuple([link for one in plan.inputs if (link := context_of(one.properties)) is not None])
        turn = Committed(plan.sequence, plan.turn.at, until, plan.turn.events, links)
        if plan.sequence == 1:
            turn = turn.without(taken_over(turn.events))
        spans = spans_of_turn(Shapes(place, self._tracing.messaging), before, turn, instance.ledger)
        for span in spans:
            self._tracing.finished(span if plan.head is None else with_cost(span, plan, place))
        return spans[0].context

    async def _tell_from_history(self, plan: Plan, until: datetime) -> None:
        identity = plan.resident.identity
        try:
            turns = await self._loader.history(identity.instance_id, identity.execution)
        except UndecodableMessage as error:
            _LOG.info("instance %s: the spans of a turn are not told: %s", identity.instance_id, error)
            return
        await self._tell_turns(turns, {plan.sequence}, until, plan)

    async def _tell_turns(
        self,
        turns: Sequence[TurnRecord],
        wanted: set[int],
        until: datetime | None = None,
        plan: Plan | None = None,
    ) -> None:
        """Tell of these turns of a history; for the first time if it is known until when they were written, and how."""
        place = self._placed(turns)
        if place is None:
            return
        events = [event for turn in turns if turn.sequence in wanted for event in turn.events]
        whole = _fails_unrecorded(place, events)
        if whole:
            place = replace(place, first=place.first._replace(sampled=True))
        committed = [_committed(turn, wanted, until) for turn in turns]
        for number, span in spans_of_history(Shapes(place, self._tracing.messaging), committed):
            if number in wanted or (whole and not span.has_failed):
                self._tracing.finished(with_cost(span, plan, place))
        mark = next((event for event in events if isinstance(event, Rewound)), None)
        if mark is not None and place.before is not None:
            before = await self._loader.history(place.identity.instance_id, place.identity.execution - 1)
            left = self._placed(before)
            if left is not None:
                self._tell_of_leaving(left, [event for turn in before for event in turn.events], mark.at)

    def _tell_of_leaving(self, place: RunTrace, history: Iterable[HistoryEvent], at: datetime) -> None:
        shapes = Shapes(place, self._tracing.messaging)
        for span in spans_of_leaving(shapes, fold(Ledger(), history), at):
            self._tracing.finished(span)

    def _placed(self, turns: Sequence[TurnRecord]) -> RunTrace | None:
        if not turns:
            return None
        traceparent = turns[0].traceparent
        trace = {} if traceparent is None else {"traceparent": traceparent}
        return read_run_trace(turns[0], trace, self._tracing.root)

    def _remember(self, places: Iterable[tuple[str, Place]]) -> None:
        if len(self._told_again) > TOLD_MAX:
            self._told_again.clear()
        self._told_again.update(places)


def _fails_unrecorded(place: RunTrace, events: Iterable[HistoryEvent]) -> bool:
    return not place.first.sampled and any(isinstance(event, FAILED_ENDS) for event in events)


def _continues(turn: TurnRecord) -> bool:
    return any(isinstance(event, ContinuedAsNew) for event in turn.events)


def _committed(turn: TurnRecord, wanted: set[int], until: datetime | None) -> Committed:
    is_new = until is not None and turn.sequence in wanted
    ended = until if is_new and until is not None else turn.at
    again = until is None and turn.sequence in wanted
    return Committed(turn.sequence, turn.at, ended, turn.events, (), again)
