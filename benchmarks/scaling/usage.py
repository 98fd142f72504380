"""What the processes of a stack use, with all that they have started: read from `/proc`, so on Linux only."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor seconds so far of the stack and of the whole machine, and bytes of memory at this moment."""

    cpu: float
    machine: float
    memory: int


def usage_of(pids: Iterable[int]) -> Usage:
    """Add up the processes of the sessions that these processes lead; memory that several share is counted once."""
    leaders = set(pids)
    cpu, memory = 0.0, 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (seconds := _seconds_in(entry, leaders)) is not None:
            cpu += seconds
            memory += _memory(entry)
    return Usage(cpu, _machine_seconds(), memory)


def _seconds_in(process: Path, leaders: set[int]) -> float | None:
    try:
        text = (process / "stat").read_text()
    except OSError:  # It has ended since it was listed.
        return None
    fields = text[text.rindex(")") + 2 :].split()
    return sum(int(value) for value in fields[11:15]) / TICKS if int(fields[3]) in leaders else None


def _memory(process: Path) -> int:
    try:
        found = _PSS.search((process / "smaps_rollup").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def _machine_seconds() -> float:
    fields = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS
