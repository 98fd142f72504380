"""Linting files and folders.

1. In folders, every `*.py` is read but in hidden folders and virtual environments; a file that is named is read anyway.
2. What can't be read or parsed is told, and the others are linted all the same.
"""

from __future__ import annotations

import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from durable.lint.findings import Finding
from durable.lint.linter import lint_source


@dataclass(slots=True)
class Report:
    """What came of all files.

    Attributes:
        files: how many were linted.
        functions: how many of their functions are saga code.
        findings: each with its file, in order.
        unreadable: for each path that could not be linted, why.
    """

    files: int = 0
    functions: int = 0
    findings: list[tuple[Path, Finding]] = field(default_factory=list)
    unreadable: list[tuple[Path, str]] = field(default_factory=list)


def lint_paths(paths: Iterable[Path]) -> Report:
    """Lint files, and every module in folders."""
    report = Report()
    for path in paths:
        for file in _files(path):
            _lint(file, report)
    return report


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for entry in sorted(path.iterdir()):
        if entry.is_dir():
            if not entry.name.startswith(".") and not (entry / "pyvenv.cfg").exists():
                yield from _files(entry)
        elif entry.suffix == ".py":
            yield entry


def _lint(file: Path, report: Report) -> None:
    try:
        with tokenize.open(file) as opened:
            linted = lint_source(opened.read())
    except OSError as error:
        report.unreadable.append((file, error.strerror or str(error)))
    except SyntaxError as error:
        report.unreadable.append((file, f"line {error.lineno}: {error.msg}" if error.lineno else str(error)))
    except RecursionError:
        report.unreadable.append((file, "an expression that is nested too deeply"))
    except ValueError as error:
        report.unreadable.append((file, str(error)))
    else:
        report.files += 1
        report.functions += linted.functions
        report.findings.extend((file, found) for found in linted.findings)
