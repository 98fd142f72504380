"""The guard of turns that go on for too long: one for each thread, as each has a thread of its own that watches."""

from __future__ import annotations

import threading

from orchestrator.host.host_ports import HostLimits
from orchestrator.host.watchdog import Watchdog

_HERE = threading.local()


def watchdog() -> Watchdog:
    """Give the one of this thread."""
    found: Watchdog | None = getattr(_HERE, "watchdog", None)
    if found is None:
        found = _HERE.watchdog = Watchdog(HostLimits().turn)
    return found
