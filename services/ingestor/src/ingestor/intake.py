"""Takes events that came where nobody waits for an answer: each is published, passed over, or kept as a dead letter.

1. When `take` returns, everything is durable: its source may forget it. If the process dies before, it comes again, and
   ids that follow from what came make the repeat harmless.
2. Order is kept among the events of one call that are published.
3. A broker or an object store that is away is waited for, without end; only then does its source hold back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import orjson

from durable.cloudevent import CONTENT_TYPE, CloudEvent, read_cloudevent
from durable.errors import MessageTooLarge, TransientError, UndecodableMessage
from durable.http.problem import Problem
from durable.telemetry.enclosing import Enclosing
from ingestor.checked import Checks, Refusal, Refused, Verdict
from ingestor.dead_letters import DeadLetter, DeadLetters, Incoming, dead_letter
from ingestor.foreign import PassedOver
from ingestor.publishing import Publisher
from ingestor.received import records_of
from ingestor.takes import Takes, Taking, marked

DELAY_SECONDS = 2.0
_BINARY = ("cloudEvents:", "cloudEvents_")
_log = logging.getLogger("ingestor")


@dataclass(frozen=True, slots=True)
class Sorted:
    """The events of what came by what becomes of each; a dead letter stands beside its refusal.

    `taken_from` says, for each that is taken, as what it came.
    """

    taken: list[CloudEvent] = field(default_factory=list)
    taken_from: list[Taking] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)
    refused: list[tuple[DeadLetter, Refused]] = field(default_factory=list)


class Intake:
    """What a queue, a hub and a folder have in common."""

    def __init__(
        self, checks: Checks, publisher: Publisher, letters: DeadLetters, takes: Takes, event_bytes_max: int
    ) -> None:
        self._checks = checks
        self._publisher = publisher
        self._letters = letters
        self._takes = takes
        self._event_bytes_max = event_bytes_max

    async def take(self, arrived: Sequence[Incoming]) -> Sorted:
        """Take all; returns once each is durable, however long that takes. Gives what became of them."""
        sorted_ = Sorted()
        takings = [self._begun(incoming, sorted_) for incoming in arrived]
        for letter, _ in sorted_.refused:
            await self.keep(letter)
        await self._publish(sorted_.taken, sorted_.taken_from)
        for taking in takings:
            self._takes.told(taking)
        return sorted_

    async def refuse(self, incoming: Incoming, refused: Refused) -> None:
        """Keep what came as a dead letter, whatever it holds."""
        taking = self._takes.begin(incoming)
        taking.refused = refused.detail
        await self.keep(dead_letter(taking.incoming, refused))
        self._takes.told(taking)

    def sort(self, incoming: Incoming, around: Enclosing | None) -> Sorted:
        """Judge every event of what came by a request, whose span that is."""
        sorted_ = Sorted()
        self._sort(self._takes.within(incoming, around), self._judged(incoming), sorted_)
        return sorted_

    def _begun(self, incoming: Incoming, into: Sorted) -> Taking:
        judged = list(self._judged(incoming))
        taking = self._takes.begin(incoming, [verdict for _, verdict in judged])
        self._sort(taking, judged, into)
        return taking

    def _sort(self, taking: Taking, judged: Iterable[tuple[bytes | None, Verdict]], into: Sorted) -> None:
        for body, verdict in judged:
            if isinstance(verdict, Refused):
                taking.refused = verdict.detail
                into.refused.append((dead_letter(taking.incoming, verdict, body), verdict))
            elif isinstance(verdict, PassedOver):
                _log.info("passed over %s %r: %s", verdict.event.type, verdict.event.id, verdict.why)
                into.passed_over.append(verdict)
            else:
                into.taken.append(verdict)
                into.taken_from.append(taking)

    async def keep(self, letter: DeadLetter) -> None:
        """Keep a dead letter; returns once it is durable, however long that takes."""
        while True:
            try:
                await self._letters.put(letter)
            except TransientError as error:
                _log.error("dead letter %s can't be kept: %s. Trying again", letter.id, error)
                await asyncio.sleep(DELAY_SECONDS)
            else:
                # Its detail may quote what the event holds.
                _log.warning("dead letter %s from %s: %s", letter.id, letter.origin, letter.reason)
                return

    def _judged(self, incoming: Incoming) -> Iterator[tuple[bytes | None, Verdict]]:
        properties = incoming.properties or {}
        if any(name.startswith(_BINARY) for name in properties):
            yield None, self._sized(incoming.body, _guarded(lambda: self._judged_binary(incoming, properties)))
            return
        try:
            records = records_of(incoming.body)
        except Problem as error:
            yield None, Refused(Refusal.MALFORMED, error.detail, error.errors)
            return
        for record in records:
            body = orjson.dumps(record) if len(records) > 1 else None
            yield body, self._sized(body or incoming.body, _guarded(partial(self._checks.judge_record, record)))

    def _judged_binary(self, incoming: Incoming, properties: Mapping[str, str]) -> Verdict:
        try:
            return self._checks.judge(read_cloudevent(incoming.body, incoming.content_type, properties))
        except UndecodableMessage as error:
            return Refused(Refusal.MALFORMED, str(error))

    def _sized(self, body: bytes, verdict: Verdict) -> Verdict:
        if len(body) <= self._event_bytes_max or not isinstance(verdict, CloudEvent):
            return verdict
        detail = f"expected an event of at most {self._event_bytes_max} bytes; found {len(body)}"
        return Refused(Refusal.TOO_LARGE, detail, event=verdict)

    async def _publish(self, events: Sequence[CloudEvent], takings: Sequence[Taking]) -> None:
        within = zip(events, takings, strict=True)
        outgoing = [self._publisher.sends.within(event, taking.around, {}) for event, taking in within]
        try:
            await self._publisher.publish_however_long(outgoing)
        except MessageTooLarge as error:
            if len(events) > 1:
                for event, taking in zip(events, takings, strict=True):
                    await self._publish([event], [taking])
                return
            (taking,) = takings
            taking.refused = str(error)
            refused = Refused(Refusal.TOO_LARGE, str(error), event=events[0])
            structured = replace(taking.incoming, body=events[0].to_json(), content_type=CONTENT_TYPE, properties=None)
            await self.keep(dead_letter(marked(structured, taking.around), refused))


def _guarded(judge: Callable[[], Verdict]) -> Verdict:
    """Judge; an event at which a mapping or a contract fails waits beside the others until that is mended."""
    try:
        return judge()
    except Exception as error:
        _log.exception("an event could not be judged")
        return Refused(Refusal.FAILED, f"expected to judge the event; failed with {type(error).__name__}: {error}")
