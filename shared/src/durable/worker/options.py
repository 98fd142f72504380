"""How a host runs."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class HostOptions:
    """Bounds of one host.

    Attributes:
        lock: lock time of the command queue.
        replica: this process, as histories name it.
        concurrency: handlers that run at once.
        threads: of these, handlers that run in threads.
        processes: of these, handlers that run in processes.
        grace: how long running handlers may go on after `stop`.
        beacon: how long a handler runs until its instance is told where.
    """

    lock: timedelta
    replica: str = ""
    concurrency: int = 32
    threads: int = 4
    processes: int = field(default_factory=lambda: os.cpu_count() or 1)
    grace: timedelta = timedelta(seconds=20)
    beacon: timedelta = timedelta(seconds=1)
