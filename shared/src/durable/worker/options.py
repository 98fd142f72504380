"""How a host runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class HostOptions:
    """Bounds of one host.

    Attributes:
        lock: lock time of the command queue.
        replica: this process, as histories name it.
        concurrency: handlers that run at once.
        threads: of these, handlers that run in threads.
        grace: how long running handlers may go on after `stop`.
    """

    lock: timedelta
    replica: str = ""
    concurrency: int = 32
    threads: int = 4
    grace: timedelta = timedelta(seconds=20)
