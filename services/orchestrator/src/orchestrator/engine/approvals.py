"""Two waits that many sagas have: for a person's decision, and for the outside to come round.

They are saga code like an author's, written with `ctx` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from typing_extensions import TypeForm

from durable.activity import Activity
from durable.codec import encode_time
from durable.errors import AuthorError, DeadlineExceeded, EventTimeout
from durable.retry import RetryPolicy

if TYPE_CHECKING:
    from orchestrator.engine.context import Context

T = TypeVar("T")
Out = TypeVar("Out")

REQUESTED = "saga.approval-requested"
REMINDER = "saga.approval-reminder"
ESCALATED = "saga.approval-escalated"


@dataclass(frozen=True, slots=True)
class Approval:
    """What is asked for, and how urgently.

    Attributes:
        due: when the first term ends; the one after an escalation is as long.
        remind_every: how often whoever should decide is reminded.
        escalate_to: who decides when the first term has passed.
    """

    name: str
    due: datetime
    remind_every: timedelta | None
    escalate_to: str | None


async def decided(ctx: Context, asked: Approval, type_: TypeForm[T]) -> T:
    """Wait for the decision, with reminders and an escalation.

    Raises:
        EventTimeout: nobody decided.
    """
    span = asked.due - ctx.now
    _tell(ctx, asked, REQUESTED, asked.due, 0)
    decision = await _within(ctx, asked, type_, asked.due)
    if decision is None and asked.escalate_to is not None:
        due = ctx.now + span
        _tell(ctx, asked, ESCALATED, due, 0)
        decision = await _within(ctx, asked, type_, due)
    if decision is None:
        raise EventTimeout(asked.name, span)
    return decision[0]


async def _within(ctx: Context, asked: Approval, type_: TypeForm[T], due: datetime) -> tuple[T] | None:
    reminders = 0
    while True:
        next_look = due if asked.remind_every is None else min(due, ctx.now + asked.remind_every)
        try:
            return (await ctx.wait_for_event(asked.name, type_, timeout=next_look - ctx.now),)
        except EventTimeout:
            if ctx.now >= due:
                return None
        reminders += 1
        _tell(ctx, asked, REMINDER, due, reminders)


def _tell(ctx: Context, asked: Approval, kind: str, due: datetime, reminders: int) -> None:
    ctx.announce(
        kind,
        {
            "approval": asked.name,
            "state": kind.rpartition("-")[2],
            "due": encode_time(due),
            "reminders": reminders,
            "escalate_to": asked.escalate_to,
        },
    )


@dataclass(frozen=True, slots=True)
class Polling:
    """How often the outside is asked, and for how long."""

    every: timedelta
    timeout: timedelta | None
    retry: RetryPolicy | None

    def __post_init__(self) -> None:
        if self.every <= timedelta(0):
            raise ValueError(f"expected to poll every so often; found {self.every}")


async def polled(
    ctx: Context, activity: Activity[Any, Out], data: object, until: Callable[[Out], bool], polling: Polling
) -> Out:
    """Call an activity until its result is what is waited for.

    Raises:
        DeadlineExceeded: it was not so in time.
        AuthorError: `until` raised.
    """
    if polling.timeout is None:
        return await _ask_until(ctx, activity, data, until, polling)
    try:
        async with ctx.timeout(polling.timeout):
            return await _ask_until(ctx, activity, data, until, polling)
    except DeadlineExceeded as over:
        told = f"polling {activity.name!r} did not give what is waited for within {polling.timeout}"
        raise DeadlineExceeded(told) from over


async def _ask_until(
    ctx: Context, activity: Activity[Any, Out], data: object, until: Callable[[Out], bool], polling: Polling
) -> Out:
    while True:
        result = await ctx.call(activity, data, retry=polling.retry)
        try:
            is_enough = until(result)
        except Exception as error:  # It is its author's code and may raise anything.
            raise AuthorError(
                f"expected `until` to give a bool for a result of {activity.name!r}; it raised"
            ) from error
        if is_enough:
            return result
        await ctx.sleep(polling.every)
