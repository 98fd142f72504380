"""What the store charged, told to whoever asked for something: by the request, not by the process.

1. An adapter says `charged` for each answer of the store, also for one that refuses or throttles: they are all billed.
2. Whoever wants to know what something cost does it within `counted`. It counts what this task and those that it
   starts are charged meanwhile; the innermost counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Charges:
    """Request units charged so far."""

    ru: float = 0.0


_COUNTING: ContextVar[Charges | None] = ContextVar("counting", default=None)


def charged(ru: float) -> None:
    """Say that the store charged something."""
    counting = _COUNTING.get()
    if counting is not None:
        counting.ru += ru


@contextmanager
def counted() -> Iterator[Charges]:
    """Count what the store charges within this block."""
    charges = Charges()
    before = _COUNTING.set(charges)
    try:
        yield charges
    finally:
        _COUNTING.reset(before)
