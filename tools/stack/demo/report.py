"""Say in the end what became of every saga, and put its outputs where people look for them."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from stack.demo.display import seconds, status_of
from stack.demo.instances import Ending
from stack.demo.verdict import Line


@dataclass(frozen=True, slots=True)
class Places:
    """Where outputs lie in the object store, and where they are copied to."""

    objects: Path
    out: Path


@dataclass(frozen=True, slots=True)
class Result:
    """A line with how its instance ended, and the copies of its outputs."""

    line: Line
    ending: Ending | None
    files: tuple[Path, ...]
    missing: tuple[str, ...]

    @property
    def difference(self) -> str:
        """In words, how this differs from what was expected; empty if it does not."""
        lost = f"output missing: {', '.join(self.missing)}" if self.missing else ""
        return "; ".join(part for part in (self.line.difference, lost) if part)


def collect(line: Line, ending: Ending | None, places: Places) -> Result:
    """Copy the outputs of an instance to `<out>/<saga>/<instance>/`, anew if they are there from an earlier run."""
    if ending is None:
        return Result(line, None, (), ())
    folder = places.out / line.saga / ending.instance.id
    shutil.rmtree(folder, ignore_errors=True)
    there = [name for name in ending.outputs if (places.objects / name).is_file()]
    shared = os.path.commonpath([Path(name).parent for name in there]) if there else ""
    files = tuple(_copy(places.objects / name, folder / Path(name).relative_to(shared)) for name in there)
    return Result(line, ending, files, tuple(sorted(set(ending.outputs) - set(there))))


def _copy(source: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(source, target))


def print_results(results: Sequence[Result], console: Console, root: Path) -> None:
    """Print each saga with its status, duration, steps, outputs and, if it did not complete, why."""
    for result in results:
        for text in (_headline(result), *_notes(result, root)):
            console.print(text, highlight=False, soft_wrap=True)
    wrong = sum(bool(result.difference) for result in results)
    if wrong:
        console.print(f"[red]{wrong} of {len(results)} outcomes are not as expected.[/]", highlight=False)
    else:
        console.print(f"[green]All {len(results)} outcomes are as expected.[/]", highlight=False)


def _headline(result: Result) -> str:
    mark = "[red]✗[/]" if result.difference else "[green]✓[/]"
    lasted = seconds(result.ending.instance.duration if result.ending else None)
    count = result.ending.steps if result.ending else 0
    steps = f"{count} {'step' if count == 1 else 'steps'}" if result.ending else ""
    line = result.line
    return f"{mark} {line.saga:<21} {escape(line.title):<28} {status_of(line):<12} {lasted:>7}    {steps}".rstrip()


def _notes(result: Result, root: Path) -> list[str]:
    reason = result.ending.reason if result.ending else result.line.note
    shown = (str(file.relative_to(root) if file.is_relative_to(root) else file) for file in result.files)
    notes = [f"    {escape(note)}" for note in (reason, *shown) if note]
    return [f"    [red]{escape(result.difference)}[/]", *notes] if result.difference else notes
