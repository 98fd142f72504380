"""Tells hooks what a committed turn did."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from durable.events import (
    ActivityCompleted,
    ActivityFailed,
    ActivityScheduled,
    ChildCompleted,
    ChildFailed,
    ChildStarted,
    HistoryEvent,
    TaskEvent,
)
from durable.hooks import Happening, Hook, Hooks
from orchestrator.host.residents import Resident

_LOG = logging.getLogger(__name__)
_SCHEDULED = (ActivityScheduled, ChildStarted)
_FAILED = (ActivityFailed, ChildFailed)
_OF_ATTEMPTS = (*_SCHEDULED, *_FAILED, ActivityCompleted, ChildCompleted)


def tell_hooks(hooks: Sequence[Hooks], resident: Resident, events: Sequence[HistoryEvent]) -> None:
    """Tell each hook of what is for it, in the order of the history."""
    identity = resident.identity
    for place, event in enumerate(events):
        happening = Happening(identity.instance_id, resident.saga, identity.run, identity.execution, event)
        for one in hooks:
            if not isinstance(event, TaskEvent):
                _tell(one.of_instances, happening)
            elif isinstance(event, _OF_ATTEMPTS):
                _tell(one.of_attempts, happening)
                if _is_of_step(event, events[place + 1 :]):
                    _tell(one.of_steps, happening)


def _is_of_step(event: TaskEvent, following: Iterable[HistoryEvent]) -> bool:
    """Tell whether a step begins or ends here: a failure that the same turn follows up by an attempt is neither."""
    if isinstance(event, _SCHEDULED):
        return event.attempt == 1
    if isinstance(event, _FAILED):
        return not any(isinstance(one, _SCHEDULED) and one.task_id == event.task_id for one in following)
    return True


def _tell(hooks: Iterable[Hook], happening: Happening) -> None:
    for hook in hooks:
        try:
            hook(happening)
        except Exception:  # It is its author's code and may raise anything.
            _LOG.exception("a hook failed on %s of instance %s", happening.event.kind, happening.instance_id)
