"""Show how the sagas get on: one live table on a terminal, and a line for each change everywhere else."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from stack.demo.verdict import Line

COLOURS = {"Completed": "green", "Compensated": "yellow", "Failed": "red", "Rejected": "red", "Blocked": "red"}


class Display:
    """Shows the lines whenever told to; leave its block before printing anything else."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        self._said: set[tuple[str, str, str]] = set()

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._live:
            self._live.stop()

    def show(self, lines: Sequence[Line]) -> None:
        """Bring the display up to date."""
        if self._live:
            self._live.update(_table(lines), refresh=True)
            return
        for line in lines:
            said = (line.title, line.saga, status_of(line))
            if line.instance and said not in self._said:
                self._said.add(said)
                self._console.print("  ".join(said), highlight=False, soft_wrap=True)


def status_of(line: Line) -> str:
    """Say in one word where a saga stands."""
    return line.instance.status if line.instance else "-"


def seconds(duration: timedelta | None) -> str:
    """Write a duration as people read it at a glance."""
    return f"{duration.total_seconds():.1f} s" if duration is not None else "-"


def _table(lines: Sequence[Line]) -> Table:
    table = Table("sample", "saga", "status", "for", box=None, pad_edge=False)
    now = datetime.now(UTC)
    for line in lines:
        status = status_of(line)
        table.add_row(
            line.title, line.saga, f"[{COLOURS.get(status, 'default')}]{status}[/]", seconds(_lasted(line, now))
        )
    return table


def _lasted(line: Line, now: datetime) -> timedelta | None:
    if line.instance is None:
        return None
    return line.instance.duration or now - line.instance.created_at
