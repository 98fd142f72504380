"""Retry policies as data: what `continue_as_new` takes along of an undo.

A predicate is code and can't be taken along: without it, a carried undo is tried for longer, never shorter.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from durable.failure import qualified_name
from durable.retry import COMPENSATION, RetryPolicy


def policy_data(policy: RetryPolicy) -> dict[str, object]:
    """Write a policy as JSON data, spans in seconds."""
    names = [entry if isinstance(entry, str) else qualified_name(entry) for entry in policy.non_retryable]
    return {
        "max_attempts": policy.max_attempts,
        "first_delay": policy.first_delay.total_seconds(),
        "backoff": policy.backoff,
        "max_delay": policy.max_delay.total_seconds(),
        "jitter": policy.jitter,
        "total": None if policy.total is None else policy.total.total_seconds(),
        "non_retryable": names,
    }


def read_policy(data: dict[str, Any] | None) -> RetryPolicy:
    """Read what `policy_data` wrote; the policy of undos if there is none."""
    if data is None:
        return COMPENSATION
    total = data["total"]
    return RetryPolicy(
        max_attempts=data["max_attempts"],
        first_delay=timedelta(seconds=data["first_delay"]),
        backoff=data["backoff"],
        max_delay=timedelta(seconds=data["max_delay"]),
        jitter=data["jitter"],
        total=None if total is None else timedelta(seconds=total),
        non_retryable=tuple(data["non_retryable"]),
    )
