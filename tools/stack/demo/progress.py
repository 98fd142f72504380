"""Show how many instances get on, where a line for each would be too many: counts by saga, every few seconds."""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.table import Table

from stack.demo.instances import Instance
from stack.demo.report import Result
from stack.demo.verdict import Line

BETWEEN_LINES = timedelta(seconds=5)


class Progress:
    """Prints where all sagas stand, at most every five seconds and at the end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._said_at = 0.0
        self._lines: Sequence[Line] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._say()

    def show(self, lines: Sequence[Line]) -> None:
        """Take note of where the sagas stand."""
        self._lines = lines
        if time.monotonic() - self._said_at > BETWEEN_LINES.total_seconds():
            self._say()

    def _say(self) -> None:
        self._said_at = time.monotonic()
        ended = Counter(line.saga for line in self._lines if line.instance and line.instance.ended_at)
        stand = (f"{saga} {ended[saga]}/{count}" for saga, count in Counter(line.saga for line in self._lines).items())
        self._console.print(
            f"{self._said_at - self._began:6.1f} s  {', '.join(stand)}", highlight=False, soft_wrap=True
        )


def print_totals(results: Sequence[Result], console: Console) -> None:
    """Print a row for each saga: how its instances ended, and how long they took; then whatever is not as expected."""
    table = Table("saga", "instances", "ended", "all within", "p50", "p95", "steps", box=None, pad_edge=False)
    table.columns[0].no_wrap = table.columns[2].no_wrap = True
    by_saga: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_saga[result.line.saga].append(result)
    for saga, some in sorted(by_saga.items()):
        table.add_row(saga, f"{len(some):,}", *_figures(some))
    console.print(table)
    wrong = [result for result in results if result.difference]
    for result in wrong:
        console.print(f"[red]✗[/] {result.line.saga}  {result.line.title}: {result.difference}", soft_wrap=True)
    right = len(results) - len(wrong)
    console.print(f"{right:,} of {len(results):,} outcomes are as expected.", highlight=False)


def _figures(results: Sequence[Result]) -> tuple[str, ...]:
    instances = [result.ending.instance for result in results if result.ending]
    took = sorted(each.duration for each in instances if each.duration)
    counts: Mapping[str, int] = Counter(instance.status for instance in instances)
    ended = ", ".join(f"{count:,} {status}" for status, count in counts.items())
    steps = sum(result.ending.steps for result in results if result.ending)
    if not took:
        return ended, "-", "-", "-", f"{steps:,}"
    return (
        ended,
        f"{_span(instances).total_seconds():.1f} s",
        f"{took[len(took) // 2].total_seconds():.1f} s",
        f"{took[int(len(took) * 0.95)].total_seconds():.1f} s",
        f"{steps:,}",
    )


def _span(instances: Sequence[Instance]) -> timedelta:
    ends: list[datetime] = [each.ended_at for each in instances if each.ended_at]
    return max(ends) - min(each.created_at for each in instances)
