"""What is looked at every second: memory, files, processor time, operations done."""

from __future__ import annotations

import time
from dataclasses import dataclass

from benchmarks.endpoints.child import MEBIBYTE, EndpointProcess
from benchmarks.soak.tally import Tally


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at an endpoint; memory and files in MiB, processor time in seconds since its start."""

    at: float
    memory: float
    files: float
    cpu: float
    operations: int


class Observer:
    """Looks at one endpoint and keeps what it saw."""

    def __init__(self, name: str, endpoint: EndpointProcess, tally: Tally) -> None:
        self.name = name
        self.tally = tally
        self.samples: list[Sample] = []
        self._endpoint = endpoint

    def look(self) -> Sample:
        """Take a sample."""
        sample = Sample(
            time.monotonic(),
            self._endpoint.resident_bytes() / MEBIBYTE,
            self._endpoint.file_bytes() / MEBIBYTE,
            self._endpoint.cpu_seconds(),
            self.tally.counts.total(),
        )
        self.samples.append(sample)
        return sample

    def line(self, since: Sample) -> str:
        """What happened since a sample, for the eye."""
        now = self.samples[-1]
        done = now.operations - since.operations
        rate = done / (now.at - since.at)
        each = (now.cpu - since.cpu) / done * 1e6 if done else 0
        return f"{self.name} {rate:6,.0f}/s {each:4.0f} µs {now.memory:5.0f} MiB files {now.files:4.0f} MiB"
