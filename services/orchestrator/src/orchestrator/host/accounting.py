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
from durable.telemetry import names
from durable.telemetry.span import Attributes
from durable.vault import Vault
from orchestrator.host.plans import Plan
from orchestrator.host.sealing import messages_of_plan
from orchestrator.spending import NO_STEP, OTHER, Spent

_ANSWERS = frozenset({ActivityCompleted, ActivityFailed, ChildCompleted, ChildFailed})
_ASKED = frozenset({ActivityScheduled, ChildStarted, ActivityCancelRequested})
_ATTEMPTS = ("command", "child")


async def account_for(plan: Plan, vault: Vault, partition_count: int) -> None:
    """Make the messages of a turn that ran, and say what it spends."""
    spent = plan.resident.account.draw()
    _add_received(plan, spent)
    origin = plan.resident.origin(partition_count, plan.turn.at, plan.head)
    made = await messages_of_plan(vault, origin, plan)
    events = plan.turn.events
    for kind, index in plan.turn.outbox:
        if kind in _ATTEMPTS:
            spent.of(events[index].name)[0] += 1  # type: ignore[attr-defined]  # These kinds are of tasks.
    for index, (_, message) in made:
        event = events[index]
        spent.message(event.name if type(event) in _ASKED else NO_STEP, len(message.body))  # type: ignore[attr-defined]  # As above.
    plan.messages = [addressed for _, addressed in made]
    plan.spent = spent


def _add_received(plan: Plan, spent: Spent) -> None:
    known = plan.resident.account.total.steps
    for message, item in plan.taken:
        event = message.event
        step = NO_STEP
        if type(event) in _ANSWERS:
            step = _known(event.name, known)  # type: ignore[attr-defined]  # Answers are of tasks.
            seconds = _seconds(event)
            if seconds:
                sums = spent.of(step)
                sums[1] = round(sums[1] + seconds, 6)
        if item is not None:
            spent.message(step, len(item.delivery.body))
    for message in plan.resident.parked if plan.unparked else ():
        spent.message(NO_STEP, len(message.to_message("").body))


def _known(name: str, known: Mapping[str, object]) -> str:
    if name in known:
        return name
    return OTHER if OTHER in known else NO_STEP


def _seconds(event: HistoryEvent) -> float:
    if isinstance(event, ActivityCompleted | ActivityFailed) and event.started_at and event.ended_at:
        return max((event.ended_at - event.started_at).total_seconds(), 0.0)
    return 0.0


def cost_attributes(spent: Spent) -> Attributes:
    """Give what the span of a run says of its cost."""
    seconds, messages, size = spent.totals()
    return {
        names.COST_RU: spent.ru,
        names.COST_MESSAGES: messages,
        names.COST_BYTES: size,
        names.COST_WORKER_SECONDS: seconds,
    }
