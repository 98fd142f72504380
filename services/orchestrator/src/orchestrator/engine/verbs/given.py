"""What authors give to verbs, looked at before anything is decided: what got into a history could not be read back."""

from __future__ import annotations

from typing import Any

from durable.activity import Activity
from durable.retry import NO_TIMEOUTS, ONE_ATTEMPT, RetryPolicy, Timeouts
from durable.saga import Saga
from orchestrator.engine.steps import Terms

_USUAL = Terms()


def require(given: object, type_: type, what: str) -> None:
    """Refuse what is not of a type.

    Raises:
        TypeError: it is not.
    """
    if not isinstance(given, type_):
        raise TypeError(f"expected {what}; found {given!r:.200}")


def require_activity(given: object) -> None:
    """Refuse what is no activity."""
    require(given, Activity, "an activity, such as `Activity('documents.split-pdf', SplitPdf, SplitPdfResult)`")


def require_saga(given: object) -> None:
    """Refuse what is no saga."""
    require(given, Saga, "a saga, which is an `async def` under `@saga(...)`")


def terms_of(
    retry: RetryPolicy | None,
    *,
    timeouts: Timeouts | None = None,
    undo: Activity[Any, Any] | None = None,
    label: str | None = None,
) -> Terms:
    """Put the terms of a call together.

    Raises:
        TypeError: one of them is not what it is named for.
    """
    if retry is None and timeouts is None and undo is None and label is None:
        return _USUAL
    if retry is not None:
        require(retry, RetryPolicy, "retry as a RetryPolicy")
    if timeouts is not None:
        require(timeouts, Timeouts, "timeouts as Timeouts")
    if undo is not None:
        require(undo, Activity, "compensate_with as an activity")
    if label is not None:
        require(label, str, "label as text")
    return Terms(retry or ONE_ATTEMPT, timeouts or NO_TIMEOUTS, undo, label)
