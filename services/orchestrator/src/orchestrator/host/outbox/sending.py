"""The kinds of outbox entries, each with its messages, and which of them still matter after a crash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from durable.events import (
    ActivityCancelRequested,
    ActivityScheduled,
    ChildStarted,
    HistoryEvent,
    TimerCreated,
)
from orchestrator.host.outbox.children import ENDS_AS, cancel_of_child, child_of, event_of, outcome_of
from orchestrator.host.outbox.lifecycle import lifecycle_of
from orchestrator.host.outbox.origin import Addressed, Origin
from orchestrator.host.outbox.tasks import command_of, timeouts_of_activity, timeouts_of_child, timer_of

Outbox = Sequence[tuple[str, int]]


def messages_of(origin: Origin, events: Sequence[HistoryEvent], outbox: Outbox) -> list[Addressed]:
    """Give the messages of a turn just committed, in order."""
    return [message for _, message in messages_by_event(origin, events, outbox)]


def messages_by_event(
    origin: Origin, events: Sequence[HistoryEvent], outbox: Outbox
) -> list[tuple[HistoryEvent, Addressed]]:
    """Give the messages of a turn in order, each with the event that it is made from."""
    return [(events[index], message) for kind, index in outbox for message in _MESSAGES[kind](origin, events[index])]


def open_messages_of(
    origin: Origin, events: Sequence[HistoryEvent], outbox: Outbox, is_open: Callable[[int, int], bool]
) -> list[Addressed]:
    """Give those messages of an older turn that still matter: of tasks that are open, and all that tell others."""
    messages: list[Addressed] = []
    for kind, index in outbox:
        event = events[index]
        if kind == "command" and isinstance(event, ActivityScheduled):
            if is_open(event.task_id, event.attempt):
                messages.append(command_of(origin, event, resent=True))
        elif not _is_closed(event, is_open):
            messages += _MESSAGES[kind](origin, event)
    return messages


def _is_closed(event: HistoryEvent, is_open: Callable[[int, int], bool]) -> bool:
    if isinstance(event, ChildStarted) and event.on_parent_end is not None:
        return False
    return isinstance(event, ActivityScheduled | TimerCreated | ChildStarted) and not is_open(
        event.task_id, event.attempt
    )


def _cancels(origin: Origin, event: ActivityCancelRequested) -> list[Addressed]:
    # The worker of an activity is reached through what its heartbeats said, not from here.
    return [] if event.instance_id is None else [cancel_of_child(origin, event, event.instance_id)]


def _timeouts(origin: Origin, event: ActivityScheduled | ChildStarted) -> list[Addressed]:
    if isinstance(event, ChildStarted):
        return timeouts_of_child(origin, event)
    return timeouts_of_activity(origin, event)


def _outcome(origin: Origin, event: HistoryEvent) -> list[Addressed]:
    if origin.parent is None:
        return []
    output, failure = getattr(event, "output", None), getattr(event, "failure", None)
    return [outcome_of(origin, origin.parent, ENDS_AS[type(event)], output, failure)]


_MESSAGES: dict[str, Callable[[Origin, Any], list[Addressed]]] = {
    "command": lambda origin, event: [command_of(origin, event, resent=False)],
    "timer": lambda origin, event: [timer_of(origin, event)],
    "lifecycle": lambda origin, event: [lifecycle_of(origin, event)],
    "child": lambda origin, event: [child_of(origin, event)],
    "event": lambda origin, event: [event_of(origin, event)],
    "cancel": _cancels,
    "timeout": _timeouts,
    "outcome": _outcome,
}
