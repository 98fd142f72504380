"""How a process of these tests dies: at the n-th passing of one point, once over all its lives.

1. The order is a file. Until it is there nothing counts; the process removes it before it dies, so that the next life
   of the process finds none.
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
    """

    point: str
    passing: int
    order: Path
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
        """Die, if it is now; like any death by SIGKILL it is not told to anyone."""
        if self.strikes(point):
            os.kill(os.getpid(), signal.SIGKILL)


def read_fate(environment: Mapping[str, str]) -> Fate:
    """Read `FATE_POINT`, `FATE_PASSING` and `FATE_ORDER`."""
    return Fate(environment["FATE_POINT"], int(environment["FATE_PASSING"]), Path(environment["FATE_ORDER"]))
