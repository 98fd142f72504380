"""What becomes of an event: taken, passed over, or refused with every fault.

An event is taken whose type is in the catalogue and whose data is of the type found there, or which is mapped to one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import orjson
from pydantic import BaseModel, ValidationError

from durable.cloudevent import CloudEvent
from durable.http.problem import Problem, ProblemType
from durable.payload import Reason, reasons_of
from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import EVENTS_INGESTED
from ingestor.foreign import Mappings, PassedOver, Unmappable
from ingestor.received import Received, read_record

Catalogue = Mapping[str, type[BaseModel]]


class Refusal(Enum):
    """Why an event is not taken."""

    MALFORMED = "malformed"
    UNKNOWN_TYPE = "unknown-type"
    INVALID_DATA = "invalid-data"
    TOO_LARGE = "too-large"
    DELIVERED_TOO_OFTEN = "delivered-too-often"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that is not taken: why, what was expected and found, and each fault as (location, message)."""

    refusal: Refusal
    detail: str
    faults: Sequence[Reason] = ()
    event: CloudEvent | None = None


Verdict = CloudEvent | PassedOver | Refused


class Checks:
    """Judges events by the catalogue and the mappings."""

    def __init__(self, catalogue: Catalogue, mappings: Mappings, metrics: Metrics | None = None) -> None:
        self._metrics = metrics or Metrics()
        self._catalogue = catalogue
        self._mappings = mappings

    def judge_record(self, record: object) -> Verdict:
        """Judge one event as it came."""
        try:
            return self.judge(read_record(record))
        except Problem as error:
            self._metrics.add(EVENTS_INGESTED, 1, "none", Refusal.MALFORMED.value)
            return Refused(Refusal.MALFORMED, error.detail, error.errors)

    def judge(self, event: CloudEvent) -> Verdict:
        """Judge a CloudEvent, and count it."""
        verdict = self._judged(event)
        outcome = "taken"
        if isinstance(verdict, Refused):
            outcome = verdict.refusal.value
        elif isinstance(verdict, PassedOver):
            outcome = "passed-over"
        # The type of an event that nobody knows may be any text.
        known = event.type in self._catalogue or event.type in self._mappings
        self._metrics.add(EVENTS_INGESTED, 1, event.type if known else "none", outcome)
        return verdict

    def _judged(self, event: CloudEvent) -> Verdict:
        mapping = None if event.type in self._catalogue else self._mappings.get(event.type)
        try:
            known = mapping(event) if mapping else event
        except Unmappable as error:
            return Refused(Refusal.INVALID_DATA, f"expected an event that can be mapped; {error}", error.faults, event)
        return known if isinstance(known, PassedOver) else self._checked(known)

    def judge_all(self, received: Received) -> Sequence[CloudEvent | PassedOver]:
        """Judge every event before any is published.

        Raises:
            Problem: one is not taken; lists every fault of all, with the index of the event where there are several,
                and the known types if one is unknown.
        """
        verdicts = [self.judge(event) for event in received.events]
        refused = [(index, verdict) for index, verdict in enumerate(verdicts) if isinstance(verdict, Refused)]
        if refused:
            raise self._problem(refused, received)
        return [verdict for verdict in verdicts if not isinstance(verdict, Refused)]

    def problem_of(self, refused: Refused) -> Problem:
        """Give the problem of one event that is not taken."""
        type_ = ProblemType.MALFORMED if refused.refusal is Refusal.MALFORMED else ProblemType.INVALID
        known = sorted(self._catalogue) if refused.refusal is Refusal.UNKNOWN_TYPE else None
        return Problem(
            type_, refused.detail, refused.faults, extensions=None if known is None else {"known_types": known}
        )

    def _checked(self, event: CloudEvent) -> CloudEvent | Refused:
        expected = self._catalogue.get(event.type)
        if expected is None:
            fault = f"expected one of {', '.join(sorted(self._catalogue))}; found {event.type[:200]!r}"
            return Refused(Refusal.UNKNOWN_TYPE, self._unknown([event.type]), [("type", fault)], event)
        try:
            expected.model_validate_json(orjson.dumps(event.data))
        except ValidationError as error:
            faults = [("data" if where == "(whole)" else f"data.{where}", what) for where, what in reasons_of(error)]
            return Refused(
                Refusal.INVALID_DATA, f"expected data that fits {event.type}; found {len(faults)} faults", faults, event
            )
        return event

    def _problem(self, refused: Sequence[tuple[int, Refused]], received: Received) -> Problem:
        faults = [
            (f"{index}.{where}" if received.in_batch else where, what)
            for index, one in refused
            for where, what in one.faults
        ]
        unknown = [one.event.type for _, one in refused if one.event and one.refusal is Refusal.UNKNOWN_TYPE]
        if not unknown:
            return Problem(ProblemType.INVALID, f"expected events of the catalogue; found {len(faults)} faults", faults)
        known = {"known_types": sorted(self._catalogue)}
        return Problem(ProblemType.INVALID, self._unknown(unknown), faults, extensions=known)

    def _unknown(self, types: Sequence[str]) -> str:
        found = ", ".join(repr(type_[:200]) for type_ in types[:10])
        return f"expected an event type of {', '.join(sorted(self._catalogue))}; found {found}"
