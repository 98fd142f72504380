"""Says what a turn spends, as far as that is known before it is committed: messages, bytes and worker seconds.

1. A message is counted by who sends it when it is sent, and by who receives it when it is received: one that an
   instance sends to itself counts twice, as it is two operations of the broker.
2. What an answer says of itself is believed only for names that this run has called.
3. The messages of a turn are made before its commit, so that its record says what they take.
"""

from __future__ import annotations

from collections.abc import Mapping

from durable.events import (
    ActivityCancelRequested,
    ActivityCompleted,
    ActivityFailed,
    ActivityScheduled,
    ChildCompleted,
    ChildFailed,
    ChildStarted,
    HistoryEvent,
)
from durable.vault import Vault
from orchestrator.host.plans import Plan
from orchestrator.host.sealing import messages_of_plan
from orchestrator.spending import OTHER, Spent

_OF_WORKERS = (ActivityCompleted, ActivityFailed)
_ANSWERS = (*_OF_WORKERS, ChildCompleted, ChildFailed)
_ASKED = (ActivityScheduled, ChildStarted, ActivityCancelRequested)
_ATTEMPTS = ("command", "child")


async def account_for(plan: Plan, vault: Vault, partition_count: int) -> None:
    """Make the messages of a turn that ran, and say what it spends."""
    spent = plan.spent = plan.resident.account.draw()
    known = plan.resident.account.total.steps
    for message, item in plan.taken:
        step = _answered(message.event, known, spent)
        if item is not None:
            spent.message(step, len(item.delivery.body))
    for message in plan.resident.parked if plan.unparked else ():
        spent.message(None, len(message.to_message("").body))
    origin = plan.resident.origin(partition_count, plan.turn.at, plan.head)
    for event, addressed in await messages_of_plan(vault, origin, plan):
        plan.messages.append(addressed)
        spent.message(event.name if isinstance(event, _ASKED) else None, len(addressed[1].body))
    for kind, index in plan.turn.outbox:
        if kind in _ATTEMPTS:
            spent.of(plan.turn.events[index].name)[0] += 1  # type: ignore[attr-defined]  # Attempts are of tasks.


def _answered(event: HistoryEvent, known: Mapping[str, object], spent: Spent) -> str | None:
    """Tell which step a message answers, if it does, and add how long its worker was at it."""
    if not isinstance(event, _ANSWERS):
        return None
    step = event.name
    if step not in known:
        if OTHER not in known:
            return None
        step = OTHER
    if isinstance(event, _OF_WORKERS) and event.started_at and event.ended_at:
        seconds = (event.ended_at - event.started_at).total_seconds()
        if seconds > 0:
            spent.of(step)[1] += seconds
    return step
