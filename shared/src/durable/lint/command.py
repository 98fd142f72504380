"""`durable lint`: what it prints and how it ends.

1. Findings, one a line, and the summary go to standard output; what can't be read goes to standard error.
2. It ends with 0 if it found nothing but hints, 1 with findings, 2 if a path could not be read.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from durable.lint.files import Report, lint_paths

ABOUT = """\
Find in saga code what a replay would do differently: clock, chance, I/O, threads, environment, the order of sets,
handles that nobody awaits. Only sagas and what they call in their module are looked at.

Each finding says what to write instead. A line that is right as it is says so:  # durable: ignore[DUR003]
"""
ENDS = "ends with 0: nothing found but hints; 1: findings; 2: wrong usage, or a path that can't be read"


def add_lint(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `lint` to the commands of a parser."""
    parser = commands.add_parser(
        "lint",
        help="find what a replay of a saga would do differently",
        description=ABOUT,
        epilog=ENDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, or a folder with all its modules")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Lint the paths of a command line and give the exit code."""
    report = lint_paths(arguments.paths)
    for path, found in report.findings:
        print(f"{path}:{found}")
    for path, reason in report.unreadable:
        print(f"{path}: expected a Python file that can be read; found: {reason}", file=sys.stderr)
    print(summary(report))
    return exit_code(report)


def exit_code(report: Report) -> int:
    """Give the exit code of a report."""
    if report.unreadable:
        return 2
    return 1 if any(not found.code.is_hint for _, found in report.findings) else 0


def summary(report: Report) -> str:
    """Sum a report up in a line."""
    hints = sum(found.code.is_hint for _, found in report.findings)
    findings = len(report.findings) - hints
    counted = [_count(findings, "finding")] + [_count(hints, "hint")] * (hints > 0)
    looked_at = f"{_count(report.functions, 'function')} of saga code in {_count(report.files, 'file')}"
    return f"{', '.join(counted)}; {looked_at}"


def _count(number: int, thing: str) -> str:
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}"
