"""What the work at hand is about: put on every line that is logged meanwhile, by whomever.

1. Whoever begins to work on an instance, an attempt or a request says so once; nobody else need know.
2. What is said is a function, called for lines only: work that logs nothing pays for nothing but saying so.
3. It goes with tasks and into the threads of handlers, as all context variables do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from typing import Final

Fields = Mapping[str, str | int]
Told = Callable[[], Fields]

INSTANCE_ID: Final = "instance_id"
SAGA: Final = "saga"
RUN: Final = "run"
EXECUTION: Final = "execution"
STEP: Final = "step"
TASK_ID: Final = "task_id"
ATTEMPT: Final = "attempt"
TRACE_ID: Final = "trace_id"
SPAN_ID: Final = "span_id"
FIELDS: Final = (INSTANCE_ID, SAGA, RUN, EXECUTION, STEP, TASK_ID, ATTEMPT, TRACE_ID, SPAN_ID)

_ABOUT: ContextVar[Told | None] = ContextVar("about", default=None)


class About:
    """Says what the work is about, while the block runs: `with About(fields): ...`."""

    __slots__ = ("_token", "_told")

    def __init__(self, told: Told) -> None:
        self._told = told

    def __enter__(self) -> None:
        self._token: Token[Told | None] = _ABOUT.set(self._told)

    def __exit__(self, *_: object) -> None:
        _ABOUT.reset(self._token)


class Annotating(logging.Filter):
    """Puts what the work is about on records that do not say it themselves; for handlers, in the thread that logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Annotate a record; keeps every one."""
        told = _ABOUT.get()
        if told is not None:
            known = vars(record)
            for name, value in told().items():
                known.setdefault(name, value)
        return True


def fields_of_trace(trace: Mapping[str, str]) -> dict[str, str | int]:
    """Give the ids of a trace and of the span that it names; nothing if it names none."""
    traceparent = trace.get("traceparent", "")
    return {TRACE_ID: traceparent[3:35], SPAN_ID: traceparent[36:52]} if len(traceparent) >= 55 else {}
