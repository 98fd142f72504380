"""The spans of turns that were committed before: told again after a crash, or all of a run that failed unrecorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from durable.events import HistoryEvent, Rewound
from durable.telemetry.span import Span
from orchestrator.engine.ledger import Ledger
from orchestrator.host.spans.shapes import Shapes
from orchestrator.host.spans.turns import Committed, before_turn, spans_of_turn


def spans_of_history(shapes: Shapes, turns: Iterable[Committed]) -> Iterator[tuple[int, Span]]:
    """Give the spans of an execution, each with the number of its turn; all turns must be there, from the first.

    What an execution took over from another is not told again: its spans are those of the other.
    """
    ledger = Ledger()
    for turn in turns:
        own = taken_over(turn.events)
        fold(ledger, turn.events[:own])
        before = before_turn(ledger, turn.events[own:])
        fold(ledger, turn.events[own:])
        for span in spans_of_turn(shapes, before, turn.without(own), ledger):
            yield turn.sequence, span


def taken_over(events: tuple[HistoryEvent, ...]) -> int:
    """Tell how many events of a turn its execution has from another: all up to the last mark."""
    return max((number for number, event in enumerate(events, start=1) if isinstance(event, Rewound)), default=0)


def fold(ledger: Ledger, events: Iterable[HistoryEvent]) -> Ledger:
    """Take events into account."""
    for event in events:
        ledger.fold(event)
    return ledger
