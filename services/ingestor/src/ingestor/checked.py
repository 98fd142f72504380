"""Whether this application takes an event: its type is in the catalogue, and its data is of the type found there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
from pydantic import BaseModel, ValidationError

from durable.cloudevent import CloudEvent
from durable.http.problem import Problem, ProblemType
from durable.payload import Reason, reasons_of
from ingestor.received import Received

Catalogue = Mapping[str, type[BaseModel]]


def check_events(received: Received, catalogue: Catalogue) -> None:
    """Check every event before any is published.

    Raises:
        Problem: one is not taken; lists every fault of all, with the index of the event where there are several, and
            the known types if one is unknown.
    """
    faults: list[Reason] = []
    for index, event in enumerate(received.events):
        at = f"{index}." if received.in_batch else ""
        faults += [(f"{at}{where}", what) for where, what in _faults_of(event, catalogue)]
    if not faults:
        return
    known = sorted(catalogue)
    unknown = [event.type for event in received.events if event.type not in catalogue]
    detail = f"expected events of the catalogue; found {len(faults)} faults"
    if unknown:
        detail = f"expected an event type of {', '.join(known)}; found {', '.join(map(repr, unknown[:10]))}"
    raise Problem(ProblemType.INVALID, detail, faults, extensions={"known_types": known} if unknown else None)


def _faults_of(event: CloudEvent, catalogue: Catalogue) -> Sequence[Reason]:
    expected = catalogue.get(event.type)
    if expected is None:
        return [("type", f"expected one of {', '.join(sorted(catalogue))}; found {event.type[:200]!r}")]
    try:
        expected.model_validate_json(orjson.dumps(event.data))
    except ValidationError as error:
        return [("data" if where == "(whole)" else f"data.{where}", what) for where, what in reasons_of(error)]
    return []
