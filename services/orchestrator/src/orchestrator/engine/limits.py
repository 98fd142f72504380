"""How much an instance may do before it is stopped: what runs away is blocked before it harms its neighbours.

A limit that is passed blocks the instance, which keeps everything; raised, or with other code, it goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.engine.ledger import Ledger
    from orchestrator.engine.logbook import Logbook


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one instance; half way there a warning is logged.

    Attributes:
        commands_per_turn: events that one turn may write.
        pending_tasks: calls, children and timers under way at a time.
        history_length: events of one execution.
    """

    commands_per_turn: int = 50_000
    pending_tasks: int = 50_000
    history_length: int = 200_000

    def passed(self, written: int, ledger: Ledger, logbook: Logbook) -> tuple[str, str] | None:
        """Tell which limit the next decision would pass, as what was expected and found; `None` if none."""
        if (
            written < self.commands_per_turn // 2
            and ledger.count < self.history_length // 2
            and len(ledger.steps) + len(ledger.timers) < self.pending_tasks // 2
        ):
            return None
        return self._passed(written, ledger, logbook)

    def _passed(self, written: int, ledger: Ledger, logbook: Logbook) -> tuple[str, str] | None:
        for used, limit, what, remedy in (
            (written, self.commands_per_turn, "events in one turn", "await some of them before the next"),
            (
                len(ledger.steps) + len(ledger.timers),
                self.pending_tasks,
                "open tasks",
                "`ctx.map` with `max_concurrency` bounds them",
            ),
            (ledger.count, self.history_length, "events in the history", "`ctx.continue_as_new` begins a new one"),
        ):
            if used >= limit:
                return f"at most {limit} {what}", f"more: {remedy}, or raise the limit"
            if used >= limit // 2:
                logbook.warn_once(f"half of the {limit} {what} that are allowed are used: {remedy}")
        return None
