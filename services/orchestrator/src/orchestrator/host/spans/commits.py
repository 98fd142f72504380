"""The span of one write to the store, which made the turns of many instances durable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from durable.telemetry.context import TraceContext, span_id_of
from durable.telemetry.names import DB_CHARGE, DB_OPERATION, PARTITION
from durable.telemetry.span import Attributes, Kind, Span, Value
from orchestrator.host.spans.shapes import LINKS_MAX


@dataclass(frozen=True, slots=True)
class Written:
    """One write.

    Attributes:
        store: by which attributes spans name the store.
        subject: what tells it from all other writes of its partition.
        charge: request units that it cost.
    """

    partition: str
    store: Attributes
    subject: tuple[str | int, ...]
    charge: float


def commit_span(written: Written, turns: Sequence[TraceContext], times: tuple[datetime, datetime]) -> Span:
    """Give the span of a write, beneath the first of the turns that it made durable and linked to the others."""
    first, *others = turns
    told: dict[str, Value] = {
        **written.store,
        DB_OPERATION: "execute_batch",
        DB_CHARGE: written.charge,
        PARTITION: written.partition,
    }
    context = first.child(span_id_of("commit", written.partition, *written.subject))
    return Span("commit", Kind.CLIENT, context, first.span_id, *times, told, links=tuple(others[:LINKS_MAX]))
