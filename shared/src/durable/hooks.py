"""Functions of one's own that are told what happens to instances, steps and attempts: for metrics, audits, alarms.

1. A hook is told of what is committed, right after it was: never of a replay, and of nothing that came to nothing. A
   process may die before it tells: whoever must hear of everything reads topic `lifecycle`, or the histories.
2. A hook runs in the orchestrator, between its turns, and must not wait. One that raises is logged and harms nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from durable.events import HistoryEvent


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to an instance: an event of its history."""

    instance_id: str
    saga: str
    run: str
    execution: int
    event: HistoryEvent


Hook = Callable[[Happening], None]
H = TypeVar("H", bound=Hook)


class Hooks:
    """A set of hooks, filled by its decorators; a module of `SAGA_MODULES` holds it as a global."""

    def __init__(self) -> None:
        self.of_instances: list[Hook] = []
        self.of_steps: list[Hook] = []
        self.of_attempts: list[Hook] = []

    def instance(self, hook: H) -> H:
        """Tell the decorated function of what concerns an instance as a whole: starts, events, halts, ends."""
        self.of_instances.append(hook)
        return hook

    def step(self, hook: H) -> H:
        """Tell the decorated function when a call is scheduled, and of the outcome that its saga sees."""
        self.of_steps.append(hook)
        return hook

    def attempt(self, hook: H) -> H:
        """Tell the decorated function when an attempt of a call is scheduled, and of its outcome."""
        self.of_attempts.append(hook)
        return hook
