"""How a process of these tests dies, or falls asleep: at the n-th passing of one point, once for each order.

1. The order is a file. Until it is there nothing counts; the process removes it first, so that its next life finds
   none.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Fate:
    """What awaits this process.

    Attributes:
        point: name of the point.
        passing: at which passing of it.
        order: the file that makes it so.
        signal: what the process sends itself: SIGKILL, or SIGSTOP to sleep until SIGCONT.
    """

    point: str
    passing: int
    order: Path
    signal: signal.Signals
    passed: int = 0

    def strikes(self, point: str) -> bool:
        """Tell whether it is now; true once."""
        if point != self.point or not self.order.exists():
            return False
        self.passed += 1
        if self.passed < self.passing:
            return False
        self.order.unlink()
        return True

    def pass_by(self, point: str) -> None:
        """Send the signal, if it is now; nobody is told before."""
        if self.strikes(point):
            os.kill(os.getpid(), self.signal)


def read_fate(environment: Mapping[str, str]) -> Fate:
    """Read `FATE_POINT`, `FATE_PASSING`, `FATE_ORDER` and `FATE_SIGNAL`."""
    number = signal.Signals[environment["FATE_SIGNAL"]]
    return Fate(environment["FATE_POINT"], int(environment["FATE_PASSING"]), Path(environment["FATE_ORDER"]), number)
