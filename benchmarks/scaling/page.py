"""Writes docs/scale.md: what was measured, on which machine, when; and plainly what was not."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter
from pathlib import Path

from benchmarks.scaling.cells import RATES, ROWS, Cell, matrix
from benchmarks.scaling.measuring import Measured

_NUMBERS = re.compile(r"\| (\d+) \| (\d+) \| (\d+)/min \|")
_INTRODUCTION = """\
# Scale: replicas, fan-out and rate

`make scale` runs [json-to-parquet](../services/orchestrator/src/orchestrator/sagas/json_to_parquet.py) and
[invoice-data-extraction](../services/orchestrator/src/orchestrator/sagas/invoice_data_extraction.py) on the local
stack, with 1, 2, 4 and 8 replicas of the workers that do their work, at fan-outs of 1 to 150 and at the rates that
upstream published and left unmeasured: 1 to 15 runs of json-to-parquet and 10 to 150 invoices a minute. It writes this
page. `make scale QUICK=1` measures four cells in about a minute and writes nothing; `make scale SECONDS=360` gives each
stack an equal share of so many seconds and leaves out what does not fit, and `make scale MISSING=1` measures on the
same day what this page lacks.

* **json-to-parquet**: a run converts as many files of 1,000 rows as its fan-out, all of them at once, and reads each
  table back. Replicas are those of `worker-tabular`.
* **Invoices**: fan-out is how many arrive at the same moment; seven layouts by turns (PDF, DOCX, XLSX, HTML, CSV), all
  providers embedded. Replicas are those of `worker-documents` and `worker-language`, with one `worker-storage`.
* **The rate, scaled to the machine**: a cell sends what one minute brings, evenly over a window that is shorter than a
  minute. The published rate is raised by 60 seconds over the window. "done/min" is what was finished, counted from the
  first event sent to the last end.
* Two orchestrator replicas, the ingestor and both endpoints, durable on disk, run on the same machine and count towards
  the processor time and the memory, as do the processes that workers start. Latency is from the event being sent to the
  end of its instance. "other load" is how many processors were busy with anything else, the client included: where it
  is above a half, read the processor seconds rather than the latencies.
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """When and where it was measured, and with which window."""

    day: date
    machine: str
    window: timedelta


def page(measured: Sequence[Measured], setting: Setting, before: str = "") -> str:
    """Give the page, with the rows of an earlier one if they are of the same day, machine and window."""
    window = setting.window.total_seconds()
    faster = f"Window: {window:g} seconds, so rates are the published ones times {60 / window:g}."
    measured_on = f"Measured on {setting.day.isoformat()}, {setting.machine}. {faster}"
    rows = rows_of(before) if measured_on in before else {}
    rows |= {one.cell: _row(one) for one in measured}
    missing = [cell for cell in matrix() if cell not in rows]
    parts = [
        _INTRODUCTION,
        f"{measured_on} {len(rows)} of {len(rows) + len(missing)} cells were measured, each once.\n",
        *(_table(saga, rows) for saga in RATES if any(cell.saga == saga for cell in rows)),
        _not_measured(missing),
    ]
    return "\n".join(part for part in parts if part)


def rows_of(text: str) -> dict[Cell, str]:
    """Find the rows of a page."""
    rows: dict[Cell, str] = {}
    saga = ""
    for line in text.splitlines():
        saga = line.removeprefix("## ") if line.startswith("## ") else saga
        if found := _NUMBERS.match(line):
            rows[Cell(saga, int(found[1]), int(found[2]), int(found[3]))] = line
    return rows


def _table(saga: str, rows: Mapping[Cell, str]) -> str:
    unit = "file" if saga == ROWS else "invoice"
    figures = (
        "done/min",
        f"{unit}s/s",
        "p50",
        "p95",
        "CPU s",
        f"CPU ms per {unit}",
        "memory",
        "completed",
        "other load",
    )
    head = ("replicas", "fan-out", "rate", "sent", *figures)
    cells = sorted((cell for cell in rows if cell.saga == saga), key=attrgetter("replicas", "fan_out", "rate"))
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head), *(rows[cell] for cell in cells)]
    return f"## {saga}\n\n" + "\n".join(lines) + "\n"


def _row(one: Measured) -> str:
    cell, sent = one.cell, len(one.outcomes)
    done = sum(outcome.status == "Completed" for outcome in one.outcomes)
    return (
        f"| {cell.replicas} | {cell.fan_out} | {cell.rate}/min | {sent} | {done / one.seconds * 60:,.0f} | "
        f"{cell.work / one.seconds:,.1f} | {one.latency(0.5):.2f} s | {one.latency(0.95):.2f} s | {one.cpu:.1f} | "
        f"{one.cpu / cell.work * 1000:,.0f} | {one.memory / 2**20:,.0f} MiB | {one.success:.0%} | {one.other:.1f} |"
    )


def _not_measured(missing: Sequence[Cell]) -> str:
    if not missing:
        return ""
    lines = [f"* {cell.saga}: replicas {cell.replicas}, fan-out {cell.fan_out}, {cell.rate}/min" for cell in missing]
    return "## Not measured\n\nThe time that was given did not last for these cells:\n\n" + "\n".join(lines) + "\n"


def machine() -> str:
    """Describe this machine."""
    info = Path("/proc/cpuinfo")
    models = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    named = models[0] if models else platform.machine()
    return (
        f"{os.cpu_count()} processors ({named}), {memory:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}"
    )
