"""Measures how the sagas scale and writes docs/scale.md: `python -m benchmarks.scaling --help`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.scaling.cells import INVOICES, ROWS, Cell, matrix
from benchmarks.scaling.measuring import FOREVER, Plan, measure
from benchmarks.scaling.page import Setting, machine, page, rows_of
from stack import StackError

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scale.md"
QUICK = [Cell(ROWS, 1, 10, 1), Cell(ROWS, 1, 10, 5), Cell(INVOICES, 1, 1, 10), Cell(INVOICES, 1, 10, 10)]


def main() -> int:
    """Measure what the command line asks for; the exit code is 1 if a request did not complete, 2 without a stack."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="four cells, and the table on standard output")
    parser.add_argument("--window", type=float, default=6, help="seconds in which a minute of requests arrives")
    parser.add_argument(
        "--seconds", type=float, help="how long all may take, shared by the stacks (default: as it takes)"
    )
    parser.add_argument("--missing", action="store_true", help="only what the page lacks")
    asked = parser.parse_args()
    budget = timedelta(seconds=asked.seconds) if asked.seconds else FOREVER
    before = PAGE.read_text() if asked.missing else ""
    cells = [cell for cell in matrix() if cell not in rows_of(before)]
    plan = Plan(QUICK if asked.quick else cells, timedelta(seconds=asked.window), budget)
    try:
        measured = asyncio.run(measure(plan, lambda line: print(line, flush=True)))
    except StackError as error:
        print(error, file=sys.stderr)
        return 2
    text = page(measured, Setting(datetime.now(UTC).date(), machine(), plan.window), before)
    if asked.quick:
        print(text.partition("\nMeasured on ")[2].partition("## Not measured")[0])
    else:
        PAGE.write_text(text)
    return 0 if all(one.success == 1 for one in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
