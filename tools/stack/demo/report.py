"""Say in the end what became of every saga, and put its outputs where people look for them."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from stack.demo.display import seconds, status_of
from stack.demo.instances import Ending
from stack.demo.verdict import Line

FILES_SHOWN = 5


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
        return "; ".join(part for part in (self.line.difference, lost, self._other_content()) if part)

    def _other_content(self) -> str:
        texts = (file.read_bytes() for file in self.files if file.suffix == ".json")
        found: dict[str, object] = json.loads(next(texts, b"{}"))
        for name, value in (self.line.content or {}).items():
            if not is_part_of(value, found.get(name)):
                return f"expected {name} {value!r} in its JSON; found {found.get(name)!r}"
        return ""


def is_part_of(expected: object, found: object) -> bool:
    """Tell whether all that is expected was found; texts that are the same number are equal."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return all(is_part_of(value, found.get(name)) for name, value in expected.items())
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(is_part_of, expected, found))
    return expected == found or _number(expected) == _number(found) is not None


def _number(value: object) -> Decimal | None:
    try:
        return Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None


def collect(line: Line, ending: Ending | None, places: Places) -> Result:
    """Copy the outputs of an instance to `<out>/<saga>/<instance>/`, anew if they are there from an earlier run."""
    if ending is None:
        return Result(line, None, (), ())
    folder = places.out / line.saga / ending.instance.id
    shutil.rmtree(folder, ignore_errors=True)
    there = sorted({file for name in ending.outputs for file in _files(places.objects / name)})
    missing = {name for name in ending.outputs if not (places.objects / name).exists()}
    shared = Path(os.path.commonpath([file.parent for file in there])) if there else places.objects
    files = tuple(_copy(file, folder / file.relative_to(shared)) for file in there)
    return Result(line, ending, files, tuple(sorted(missing)))


def _files(path: Path) -> Iterator[Path]:
    return iter([path]) if path.is_file() else (file for file in path.rglob("*") if file.is_file())


def _copy(source: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(source, target))


def print_results(results: Sequence[Result], console: Console, root: Path) -> None:
    """Print instances by saga, with status, duration, steps, outputs and, if it did not complete, why."""
    for result in sorted(results, key=lambda result: result.line.saga):
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
    return f"{mark} {line.saga:<23} {escape(line.title):<33} {status_of(line):<12} {lasted:>7}    {steps}".rstrip()


def _notes(result: Result, root: Path) -> list[str]:
    reason = result.ending.reason if result.ending else result.line.note
    notes = [f"    {escape(note)}" for note in (reason, *_shown(result.files, root)) if note]
    return [f"    [red]{escape(result.difference)}[/]", *notes] if result.difference else notes


def _shown(files: Sequence[Path], root: Path) -> list[str]:
    near = [file.relative_to(root) if file.is_relative_to(root) else file for file in files]
    if len(near) <= FILES_SHOWN:
        return [str(file) for file in near]
    return [f"{os.path.commonpath([file.parent for file in near])}/ ({len(near)} files)"]
