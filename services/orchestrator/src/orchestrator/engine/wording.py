"""How an event is told in a report to a person."""

from __future__ import annotations

from durable.events import HistoryEvent, TaskEvent

NO_DECISION = "no decision"


def described(event: HistoryEvent) -> str:
    """Name an event as precisely as a reader needs to find it."""
    kind = type(event).__name__
    if isinstance(event, TaskEvent):
        label = f" (label {event.label!r})" if event.label is not None else ""
        return f"{kind} {event.name!r}{label}"
    failure = getattr(event, "failure", None)
    if failure is not None:
        return f"{kind} ({failure.type}: {failure.message})"
    reasons = getattr(event, "reasons", ())
    return f"{kind} ({'; '.join(f'{where}: {what}' for where, what in reasons)})" if reasons else kind
