"""What a run leaves behind: records, messages that nobody took, and what the broker and the handlers saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from durable.events import HistoryEvent
from durable.testing.handlers import Effect
from orchestrator.engine import Setup
from orchestrator.heads import Head
from orchestrator.records import TurnRecord


@dataclass(frozen=True, slots=True)
class Found:
    """The records of one instance; `turns` in order of execution and sequence."""

    head: Head
    turns: Sequence[TurnRecord]

    @property
    def executions(self) -> Mapping[int, list[TurnRecord]]:
        """The turns of each execution."""
        found: dict[int, list[TurnRecord]] = {}
        for turn in self.turns:
            found.setdefault(turn.execution, []).append(turn)
        return found

    @property
    def history(self) -> list[HistoryEvent]:
        """The events of all executions."""
        return [event for turn in self.turns for event in turn.events]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it.

    Attributes:
        instances: by id.
        left: what lay in each queue at the end, as text.
        dead: reasons of what went to each dead-letter queue.
        accepted: ids of the messages that the broker took.
    """

    setup: Setup
    instances: Mapping[str, Found]
    left: Mapping[str, Sequence[str]]
    dead: Mapping[str, Sequence[str]]
    accepted: frozenset[str]
    effects: Sequence[Effect]
