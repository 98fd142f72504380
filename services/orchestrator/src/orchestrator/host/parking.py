"""Keeps events that came before their instance, until it starts or their time is over.

What if the process dies …
  after the write, before the settle: the event comes again, is known, and is settled; its expiry is sent again.
  after the expiry is dead-lettered, before the record is deleted: the next owner finds the record overdue and sends the
  expiry again. So an event may lie twice in the dead-letter queue, but is never gone without a word.

1. Only what tells a parked event from a new one is in memory; what it says is read when its instance starts.
2. An event leaves by one of two ways: in the batch of the first turn of its instance, or through the dead-letter queue.
3. The expiry is the event itself, scheduled: its delivery is what goes to the dead-letter queue. It is never news.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import orjson

from durable.codec import encode_time
from durable.errors import Refusal, UndecodableMessage, WriteRefused
from durable.ids import digest
from durable.messages import INSTANCES, InstanceMessage
from durable.ports import BATCH_BYTES_MAX, OPERATIONS_MAX, Delete, Delivery, Record, Upsert
from orchestrator.host.grounds import Grounds
from orchestrator.host.outbox import Addressed
from orchestrator.host.patience import until_answered
from orchestrator.host.triage import PARKED_UNTIL, Item, Refused
from orchestrator.parked import ParkedEvent, decode_parked, encode_parked, parked_id, parked_range

_LOG = logging.getLogger(__name__)
PER_INSTANCE_MAX = 64
BYTES_PER_INSTANCE_MAX = 250_000
PER_PARTITION_MAX = 2_000
_BATCH_BYTES = BATCH_BYTES_MAX - 20_000


@dataclass(slots=True)
class Parked:
    """What became of events without an instance: expiries to send, then inputs to settle; and what is refused."""

    messages: list[Addressed] = field(default_factory=list)
    inputs: list[Delivery] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


class Parking:
    """The parked events of one partition, in the hands of one owner."""

    def __init__(self, grounds: Grounds, owner: int, kept_for: timedelta) -> None:
        self._grounds = grounds
        self._owner = owner
        self._kept_for = kept_for
        self._sizes: dict[str, dict[str, int]] = {}
        self._count = 0

    async def load(self) -> list[Addressed]:
        """Learn what is parked; gives the expiries of what should be gone."""
        now = self._grounds.clock.now()
        overdue = []
        for parked in await self._read(None):
            self._remember(parked.instance_id, parked.id, len(orjson.dumps(encode_parked(parked))))
            if parked.expires_at < now:
                overdue.append(self._expiry(_message_of(parked), now, digest("overdue", parked.id, self._owner)))
        return overdue

    def holds(self, instance_id: str) -> bool:
        """Tell whether something is parked for an instance."""
        return instance_id in self._sizes

    async def of(self, instance_id: str) -> list[InstanceMessage]:
        """Read what is parked for an instance, in order of arrival."""
        return [_message_of(parked) for parked in await self._read(instance_id)]

    async def park(self, items: list[Item]) -> Parked:
        """Keep events until their instance starts.

        Raises:
            OwnershipLost: another host has taken the partition over.
        """
        now = self._grounds.clock.now()
        done = Parked()
        new: list[tuple[Item, Record, int]] = []
        for item in items:
            message = item.message
            if message.id not in self._sizes.get(message.instance_id, ()):
                record = self._record(message)
                size = len(orjson.dumps(record))
                full = self._full(message.instance_id, size)
                if full:
                    told = f"event for instance {message.instance_id!r}, which was never started: {full}"
                    done.refused.append(Refused(item.delivery, "ParkedLimit", told))
                    continue
                self._remember(message.instance_id, message.id, size)
                new.append((item, record, size))
            done.messages.append(self._expiry(message, now + self._kept_for, digest("parked", message.id)))
            done.inputs.append(item.delivery)
        for group in _groups(new):
            await self._write([(item, record) for item, record, _ in group], done)
        return done

    def expired(self, item: Item) -> Refused | None:
        """Tell whether an expiry finds its event still parked, and so goes to the dead-letter queue."""
        message = item.message
        if message.id not in self._sizes.get(message.instance_id, ()):
            return None
        told = f"event for instance {message.instance_id!r}, which did not start within {self._kept_for}"
        return Refused(item.delivery, "ParkedExpired", told)

    async def remove(self, message: InstanceMessage) -> None:
        """Delete the record of an event that has gone to the dead-letter queue."""
        try:
            await self._grounds.committer.rewrite([Delete(parked_id(message.instance_id, message.id))])
        except WriteRefused as refused:
            if refused.refusal is not Refusal.MISSING:
                raise
        self._forget(message.instance_id, message.id)

    def taken(self, instance_id: str) -> None:
        """Forget what was parked for an instance: its first turn took it."""
        self._sizes.pop(instance_id, None)

    async def _write(self, group: list[tuple[Item, Record]], done: Parked) -> None:
        try:
            await self._grounds.committer.add([Upsert(record) for _, record in group])
        except WriteRefused as refused:
            if len(group) > 1:
                for one in group:
                    await self._write([one], done)
                return
            item = group[0][0]
            self._forget(item.message.instance_id, item.message.id)
            done.inputs.remove(item.delivery)
            done.refused.append(Refused(item.delivery, "Unrecordable", str(refused)))

    async def _read(self, instance_id: str | None) -> list[ParkedEvent]:
        grounds = self._grounds

        async def read() -> list[ParkedEvent]:
            first, last = parked_range(instance_id)
            found = []
            async for stored in grounds.store.scan(grounds.partition, first, last, grounds.loader.token):
                try:
                    found.append(decode_parked(stored.record))
                except UndecodableMessage as error:
                    _LOG.error("parked event %s stays where it is: %s", stored.record.get("id"), error)
            return sorted(found, key=lambda parked: parked.arrived)

        return await until_answered(read, f"parked events of partition {grounds.partition}")

    def _record(self, message: InstanceMessage) -> Record:
        now = self._grounds.clock.now()
        self._count += 1
        return encode_parked(
            ParkedEvent(
                instance_id=message.instance_id,
                partition=self._grounds.partition,
                id=message.id,
                event=message.event,  # type: ignore[arg-type]  # Triage parks nothing else.
                arrived=(self._owner, self._count),
                parked_at=now,
                expires_at=now + self._kept_for,
                trace=message.trace,
            )
        )

    def _expiry(self, message: InstanceMessage, due: datetime, broker_id: str) -> Addressed:
        sent = message.to_message(self._grounds.partition, due=due, broker_id=broker_id)
        return INSTANCES, replace(sent, properties={**sent.properties, PARKED_UNTIL: encode_time(due)})

    def _full(self, instance_id: str, size: int) -> str | None:
        of_instance = self._sizes.get(instance_id, {})
        if len(of_instance) >= PER_INSTANCE_MAX:
            return f"expected at most {PER_INSTANCE_MAX} events to wait for one instance"
        if of_instance and sum(of_instance.values()) + size > BYTES_PER_INSTANCE_MAX:
            return f"expected at most {BYTES_PER_INSTANCE_MAX} bytes of events to wait for one instance"
        if sum(map(len, self._sizes.values())) >= PER_PARTITION_MAX:
            return f"expected at most {PER_PARTITION_MAX} events of a partition to wait for their instances"
        return None

    def _remember(self, instance_id: str, id_: str, size: int) -> None:
        self._sizes.setdefault(instance_id, {})[id_] = size

    def _forget(self, instance_id: str, id_: str) -> None:
        left = self._sizes.get(instance_id, {})
        left.pop(id_, None)
        if not left:
            self._sizes.pop(instance_id, None)


def _message_of(parked: ParkedEvent) -> InstanceMessage:
    return InstanceMessage(parked.id, parked.instance_id, parked.event, trace=parked.trace)


def _groups(new: list[tuple[Item, Record, int]]) -> Iterator[list[tuple[Item, Record, int]]]:
    group: list[tuple[Item, Record, int]] = []
    room = _BATCH_BYTES
    for entry in new:
        if group and (len(group) == OPERATIONS_MAX - 1 or entry[2] > room):
            yield group
            group, room = [], _BATCH_BYTES
        group.append(entry)
        room -= entry[2]
    if group:
        yield group
