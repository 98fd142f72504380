"""Proves that each running instance waits for something that exists: what may be lost is sent again.

What if the process dies …
  at any point: nothing was written, and what was sent again has the logical id of the first: it is taken once.

1. The protocol loses nothing by itself. What is looked for here is what others lose: a broker restored from a backup, a
   store failed over to another region, a person who purged the wrong queue.
2. A look is short and rare: whatever is in memory, and a few open instances that are not, page by page through all.
3. A repeat has a broker id of its own, since the broker's duplicate detection does not know what became of the first.
   It says `resent` where that means anything, and comes at ever longer intervals while nothing follows from it.
4. An attempt that was heard of is not lost: its command lies locked at its broker, or its handler completes it later.
   A call that must not run twice is not repeated.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import replace
from datetime import datetime, timedelta

from durable.errors import UndecodableMessage, WriteUncertain
from durable.events import ActivityScheduled, ChildStarted, HistoryEvent, TimerCreated
from durable.ids import digest
from durable.messages import INSTANCES
from durable.ports import HeadQuery
from durable.status import Status
from durable.vault import Place, seal_event, sealed_message
from orchestrator.host.grounds import Grounds
from orchestrator.host.outbox import Addressed, Origin
from orchestrator.host.outbox.children import child_of
from orchestrator.host.outbox.tasks import command_of, timeouts_of_activity, timeouts_of_child, timer_of
from orchestrator.host.residents import Resident
from orchestrator.host.saga_logs import about_instance, about_resident

_LOG = logging.getLogger(__name__)
LOOK_EVERY = timedelta(minutes=1)
GRACE = timedelta(minutes=1)
UNTOUCHED = timedelta(minutes=10)
UNSTARTED = timedelta(hours=1)
LOADS_MAX = 20
SENT_MAX = 50_000
DOUBLINGS_MAX = 10
OPEN = (Status.RUNNING, Status.COMPENSATING)


class Reconciler:
    """Looks after the open instances of one partition, for one owner."""

    def __init__(self, grounds: Grounds) -> None:
        self._grounds = grounds
        self._since = grounds.clock.now()
        self._due = self._since + LOOK_EVERY
        self._pages: dict[Status, str | None] = dict.fromkeys(OPEN)
        self._sent: OrderedDict[tuple[str | int, ...], tuple[int, datetime]] = OrderedDict()

    async def look(self) -> list[Addressed]:
        """Look, if it is time to; gives what must be sent again."""
        now = self._grounds.clock.now()
        if now < self._due:
            return []
        self._due = now + LOOK_EVERY
        for status in OPEN:
            await self._fetch(status, now)
        messages: list[Addressed] = []
        for resident in self._grounds.residents.live:
            with about_resident(resident, self._grounds.clock):
                messages += await self._missed(resident, now)
        return messages

    async def _fetch(self, status: Status, now: datetime) -> None:
        """Load a few open instances that are not in memory."""
        grounds = self._grounds
        query = HeadQuery(
            status=status,
            partition=grounds.partition,
            created_before=now - UNTOUCHED,
            limit=LOADS_MAX,
            continuation=self._pages[status],
        )
        try:
            page = await grounds.store.heads(query)
        except WriteUncertain as error:
            _LOG.warning("partition %s: open instances not looked for: %s", grounds.partition, error)
            return
        self._pages[status] = page.continuation
        absent = [id_ for id_ in (str(one.record["id"]) for one in page.heads) if grounds.residents.get(id_) is None]
        await asyncio.gather(*map(self._load, absent))

    async def _load(self, instance_id: str) -> None:
        with about_instance(instance_id):
            try:
                loaded = await self._grounds.loader.load(instance_id)
            except UndecodableMessage as error:
                _LOG.error("instance %s can't be looked after: %s", instance_id, error)
                return
        if isinstance(loaded, Resident):
            self._grounds.residents.keep(loaded)

    async def _missed(self, resident: Resident, now: datetime) -> list[Addressed]:
        instance = resident.instance
        if instance is None:
            return []
        messages: list[Addressed] = []
        origin = resident.origin(self._grounds.partition_count, now)
        start = resident.pending_start
        key = (origin.identity.instance_id, origin.identity.execution)
        if start is not None and start.run and self._is_time(key, self._since + GRACE, now):
            messages.append((INSTANCES, await sealed_message(self._grounds.vault, start, resident.partition)))
        for event in instance.open_tasks:
            messages += await self._overdue(resident, origin, event, now)
        if messages:
            resident.account.told(messages)
            _LOG.warning("instance %s: %d messages may be lost and are sent again", key[0], len(messages))
        return [
            (queue, replace(message, id=digest("missed", message.id, now.isoformat()))) for queue, message in messages
        ]

    async def _overdue(self, resident: Resident, origin: Origin, event: HistoryEvent, now: datetime) -> list[Addressed]:
        if isinstance(event, TimerCreated):
            return [timer_of(origin, event)] if self._is_task_time(origin, event, event.due + GRACE, now) else []
        identity = origin.identity
        place = Place(identity.instance_id, identity.run)
        if isinstance(event, ChildStarted):
            lost = self._is_task_time(origin, event, max(event.due or event.at, self._since) + UNTOUCHED, now)
            again = [child_of(origin, await seal_event(self._grounds.vault, event, place))] if lost else []
            return again + self._timeouts(origin, event, timeouts_of_child(origin, event), now)
        if not isinstance(event, ActivityScheduled):
            return []
        timeouts = self._timeouts(origin, event, timeouts_of_activity(origin, event), now)
        if self._is_unstarted(resident, origin, event, now):
            sealed = await seal_event(self._grounds.vault, event, place)
            timeouts.append(command_of(origin, sealed, resent=True))
        return timeouts

    def _is_unstarted(self, resident: Resident, origin: Origin, event: ActivityScheduled, now: datetime) -> bool:
        beat = resident.beats.get(event.task_id)
        if event.once or (beat is not None and beat.attempt == event.attempt):
            return False
        expected = event.start_by or (event.due or event.at) + UNSTARTED
        return self._is_task_time(origin, event, max(expected, self._since + UNTOUCHED), now)

    def _timeouts(
        self, origin: Origin, event: ActivityScheduled | ChildStarted, timeouts: list[Addressed], now: datetime
    ) -> list[Addressed]:
        """Give those time-outs of a task whose time is over."""
        overdue = [(queue, message) for queue, message in timeouts if message.due and message.due + GRACE < now]
        identity = origin.identity
        key = (identity.instance_id, identity.execution, event.task_id, -event.attempt)
        return overdue if overdue and self._is_time(key, now, now) else []

    def _is_task_time(
        self, origin: Origin, event: TimerCreated | ActivityScheduled | ChildStarted, first: datetime, now: datetime
    ) -> bool:
        identity = origin.identity
        return self._is_time((identity.instance_id, identity.execution, event.task_id, event.attempt), first, now)

    def _is_time(self, what: tuple[str | int, ...], first: datetime, now: datetime) -> bool:
        """Tell whether something is due for the first time, or again; each time it takes twice as long."""
        count, last = self._sent.get(what, (0, first))
        due = first if count == 0 else last + UNTOUCHED * 2 ** min(count, DOUBLINGS_MAX)
        if now < due:
            return False
        self._sent[what] = (count + 1, now)
        if len(self._sent) > SENT_MAX:
            self._sent.popitem(last=False)
        return True
