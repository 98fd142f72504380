"""When a failed activity is tried again, and after what delay.

1. Everything here is pure: the random fraction of the jitter is an argument.
2. The delay of attempt n+1 is `first_delay · backoff^(n-1)`, at most `max_delay`; full jitter takes a uniform share
   of it (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from durable.failure import Failure, qualified_name


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and when an activity is tried again; the default is one attempt.

    Attributes:
        max_attempts: attempts in all, the first included.
        first_delay: delay before the second attempt.
        backoff: factor from one delay to the next.
        max_delay: no delay is longer than this, before the jitter.
        jitter: `full` takes a uniform share of the delay, `none` all of it.
        total: no attempt starts later than this after the first was scheduled; then the last failure is raised.
        non_retryable: exception classes or qualified names that end the trying, subclasses included.
        retry_if: a pure function of the failure that may end the trying.
    """

    max_attempts: int = 1
    first_delay: timedelta = timedelta(seconds=1)
    backoff: float = 2.0
    max_delay: timedelta = timedelta(minutes=1)
    jitter: Literal["full", "none"] = "full"
    total: timedelta | None = None
    non_retryable: tuple[type[BaseException] | str, ...] = ()
    retry_if: Callable[[Failure], bool] | None = None

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ValueError(f"expected max_attempts of 1 or more; found {self.max_attempts}")
        if self.first_delay < timedelta(0) or self.max_delay < timedelta(0):
            raise ValueError(f"expected delays of 0 or more; found {self.first_delay} and {self.max_delay}")
        if self.backoff < 1:
            raise ValueError(f"expected a backoff of 1 or more; found {self.backoff}")

    def delay_after(self, attempt: int, fraction: float) -> timedelta:
        """Give the delay between this attempt (from 1) and the next; `fraction` in [0, 1) is the jitter."""
        full = self.max_delay
        growth = self.backoff ** min(attempt - 1, 64)
        if growth * self.first_delay.total_seconds() < self.max_delay.total_seconds():
            full = self.first_delay * growth
        return full * fraction if self.jitter == "full" else full

    def allows(self, failure: Failure, attempt: int, elapsed: timedelta) -> bool:
        """Tell whether another attempt may follow this one (from 1), `elapsed` after the first was scheduled."""
        if not failure.retryable or attempt >= self.max_attempts:
            return False
        if self.total is not None and elapsed >= self.total:
            return False
        names = (entry if isinstance(entry, str) else qualified_name(entry) for entry in self.non_retryable)
        if any(failure.matches(name) for name in names):
            return False
        return self.retry_if is None or self.retry_if(failure)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a call of an activity may take; each is optional.

    Attributes:
        schedule_to_start: from the scheduling of an attempt until a worker takes it; ends the call.
        start_to_close: from there until its handler has ended; the attempt failed, another may follow.
        schedule_to_close: from the call until its outcome, over all attempts; ends the call.
        heartbeat: from one heartbeat of the handler to the next; the attempt failed, another may follow.
    """

    schedule_to_start: timedelta | None = None
    start_to_close: timedelta | None = None
    schedule_to_close: timedelta | None = None
    heartbeat: timedelta | None = None

    def __post_init__(self) -> None:
        for name in ("schedule_to_start", "start_to_close", "schedule_to_close", "heartbeat"):
            span: timedelta | None = getattr(self, name)
            if span is not None and span <= timedelta(0):
                raise ValueError(f"expected {name} to be more than 0; found {span}")


NO_TIMEOUTS = Timeouts()
ONE_ATTEMPT = RetryPolicy()
COMPENSATION = RetryPolicy(max_attempts=10)
