"""An endpoint as a process of its own, and what it takes: processor time, memory, files.

Figures come from `/proc`, so this works on Linux only. Processor time is the sum over the threads, in nanoseconds.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

MEBIBYTE = 1 << 20


class EndpointProcess:
    """One running endpoint; leaving it kills it. `ready` is the connection string that it prints."""

    def __init__(self, module: str, topology: Path, data: Path | None, *options: str) -> None:
        self.data = data
        kept = () if data is None else ("--data", str(data))
        self._arguments = [sys.executable, "-m", module, "--topology", str(topology), "--port", "0", *kept, *options]
        self._process: subprocess.Popen[str]
        self.start()

    def start(self) -> None:
        """Start the process, again after a kill; raises `RuntimeError` if it says nothing."""
        self._process = subprocess.Popen(self._arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        self.ready = self._process.stdout.readline().strip()
        if not self.ready:
            raise RuntimeError(
                f"the endpoint ended with {self._process.wait()}; see why: {shlex.join(self._arguments)}"
            )

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def kill(self) -> None:
        """End the process as a power cut does, but for what the kernel holds."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def cpu_seconds(self) -> float:
        """Processor time since the start."""
        return cpu_seconds(self.pid)

    def resident_bytes(self) -> int:
        """Memory that is in use now."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) * 1024 if found else 0

    def file_bytes(self) -> int:
        """The size of everything in the data directory."""
        return 0 if self.data is None else sum(each.stat().st_size for each in self.data.rglob("*") if each.is_file())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


def cpu_seconds(pid: int | None = None) -> float:
    """Processor time of a process, its own by default."""
    tasks = Path(f"/proc/{pid or os.getpid()}/task")
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9
