"""What a workload costs: processor time of every process, messages, requests and their charge.

Processor time is read from `/proc/<pid>/stat`, so the benchmarks run on Linux only; wall time is reported beside it but
depends on whatever else the machine does.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Reading:
    """Counters at one moment.

    Attributes:
        cpu: processor seconds by process name.
        idle: processor seconds that nobody on the machine used.
        messages: messages that the broker took, by destination.
        requests: requests that the record store answered.
        charge: request units of them, as estimated by the local endpoint.
    """

    wall: float
    cpu: Mapping[str, float]
    busy: float
    messages: Mapping[str, int]
    requests: int
    charge: float


@dataclass(frozen=True, slots=True)
class Cost:
    """The difference of two readings."""

    wall: float
    cpu: dict[str, float] = field(default_factory=dict)
    foreign: float = 0.0
    messages: int = 0
    requests: int = 0
    charge: float = 0.0

    @property
    def cpu_total(self) -> float:
        """Processor seconds of all processes of the system."""
        return sum(self.cpu.values())


class Meter:
    """Reads the counters of one stack, and of this process, which is its client."""

    def __init__(self, pids: Mapping[str, int], servicebus_stats: str, cosmos_stats: str) -> None:
        self._pids = pids
        self._servicebus_stats = servicebus_stats
        self._cosmos_stats = cosmos_stats

    async def read(self) -> Reading:
        """Take a reading."""
        bus = await asyncio.to_thread(_json, self._servicebus_stats)
        cosmos = await asyncio.to_thread(_json, self._cosmos_stats)
        cpu = {name: _cpu_seconds(pid) for name, pid in self._pids.items()}
        own = os.times()
        return Reading(
            wall=time.perf_counter(),
            cpu={**cpu, "client": own.user + own.system},
            busy=_machine_busy(),
            messages={name: entity["accepted"] for name, entity in bus.items() if "/" not in name},
            requests=cosmos["requests"],
            charge=cosmos["request_charge"],
        )


def cost_between(before: Reading, after: Reading) -> Cost:
    """Give what happened between two readings."""
    cpu = {name: seconds - before.cpu.get(name, 0.0) for name, seconds in after.cpu.items()}
    wall = after.wall - before.wall
    foreign = max(0.0, (after.busy - before.busy - sum(cpu.values())) / wall)
    sent = {name: count - before.messages.get(name, 0) for name, count in after.messages.items()}
    return Cost(
        wall=wall,
        cpu=cpu,
        foreign=foreign,
        messages=sum(sent.values()),
        requests=after.requests - before.requests,
        charge=after.charge - before.charge,
    )


def _json(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def _cpu_seconds(pid: int) -> float:
    text = Path(f"/proc/{pid}/stat").read_text()
    fields = text[text.rindex(")") + 2 :].split()
    return sum(int(value) for value in fields[11:15]) / TICKS


def _machine_busy() -> float:
    fields = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS
