"""Hears the heartbeats of attempts that run, and lets those know for which nobody waits any more.

What if the process dies …
  at any point: what was heard is gone. The next heartbeat tells it again, and is answered again.

1. A heartbeat causes no turn. What it said last is written with the failure of its attempt, if that does not say it.
2. An attempt for which nobody waits is told so once: when it is given up, if it was heard of, or else when it is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from durable.control import CONTROL, ActivityHeartbeat, CancelActivity
from durable.errors import UndecodableMessage
from durable.events import ActivityCancelRequested, HistoryEvent
from durable.ids import digest
from orchestrator.host.beats import Beat
from orchestrator.host.grounds import Grounds
from orchestrator.host.outbox import Addressed
from orchestrator.host.residents import Resident

TOLD_MAX = 10_000
NOBODY = "nobody waits for its result any more"


class Hearing:
    """What one owner hears."""

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds
        self._told: OrderedDict[str, None] = OrderedDict()

    async def hear(self, heartbeat: ActivityHeartbeat, size: int) -> list[Addressed]:
        """Take a heartbeat of so many bytes; gives the cancel that answers it, if nobody waits for the attempt."""
        resident = await self._resident(heartbeat.instance_id)
        if resident is None:
            return []
        resident.account.heard(size)
        answer = self._answer(resident, heartbeat)
        resident.account.told(answer)
        return answer

    def _answer(self, resident: Resident, heartbeat: ActivityHeartbeat) -> list[Addressed]:
        identity = resident.identity
        mine = heartbeat.run == identity.run
        if mine and heartbeat.execution > identity.execution:
            return []
        instance = resident.instance if mine and heartbeat.execution == identity.execution else None
        if instance is None or not instance.is_open(heartbeat.task_id, heartbeat.attempt):
            return self._cancel(heartbeat, NOBODY)
        beat = Beat(heartbeat.attempt, heartbeat.detail, heartbeat.control)
        resident.beats = {**resident.beats, heartbeat.task_id: beat}
        wish = resident.wishes.get(heartbeat.task_id)
        return [] if wish is None else self._cancel(heartbeat, wish)

    def cancels(
        self, resident: Resident, events: Sequence[HistoryEvent], outbox: Sequence[tuple[str, int]]
    ) -> list[Addressed]:
        """Give the cancels of attempts that a turn gave up and that were heard of; forget what has ended."""
        messages: list[Addressed] = []
        for kind, index in outbox:
            event = events[index]
            if kind == "cancel" and isinstance(event, ActivityCancelRequested) and event.instance_id is None:
                messages += self._cancel_of(resident, event)
        if not resident.beats:
            return messages
        instance = resident.instance
        resident.beats = {
            task_id: beat
            for task_id, beat in resident.beats.items()
            if instance is not None and instance.is_open(task_id, beat.attempt)
        }
        return messages

    def _cancel_of(self, resident: Resident, event: ActivityCancelRequested) -> list[Addressed]:
        beat = resident.beats.get(event.task_id)
        if beat is None:
            resident.wishes = {**resident.wishes, event.task_id: event.reason}
            return []
        identity = resident.identity
        seen = ActivityHeartbeat(
            id="",
            instance_id=identity.instance_id,
            run=identity.run,
            execution=identity.execution,
            task_id=event.task_id,
            attempt=beat.attempt,
            activity=event.name,
            detail=None,
            worker="",
            control=beat.control,
            trace=resident.trace_at(event.at),
        )
        return self._cancel(seen, event.reason)

    def _cancel(self, heard: ActivityHeartbeat, reason: str) -> list[Addressed]:
        whom = (heard.instance_id, heard.run, heard.execution, heard.task_id, heard.attempt, heard.control)
        id_ = digest("CancelActivity", *whom)
        if id_ in self._told or not heard.control:
            return []
        self._told[id_] = None
        if len(self._told) > TOLD_MAX:
            self._told.popitem(last=False)
        cancel = CancelActivity(
            id_, heard.instance_id, heard.run, heard.execution, heard.task_id, heard.attempt, reason, heard.trace
        )
        return [(CONTROL, cancel.to_message(heard.control))]

    async def _resident(self, instance_id: str) -> Resident | None:
        residents = self._grounds.residents
        resident = residents.get(instance_id)
        if resident is None:
            try:
                loaded = await self._grounds.loader.load(instance_id)
            except UndecodableMessage:
                return None
            if isinstance(loaded, Resident):
                residents.keep(loaded)
                return loaded
        return resident
