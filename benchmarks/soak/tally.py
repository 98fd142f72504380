"""How often each operation was done and how long it took, in room that does not grow."""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

_STEP = math.log(1.05)


class Tally:
    """Counts, and latencies in classes of five per cent."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.is_over = False
        self._latencies: defaultdict[str, Counter[int]] = defaultdict(Counter)

    def turns(self, count: int) -> Iterator[int]:
        """Numbers from 0 on, until there were so many or the run is over."""
        for number in range(count):
            if self.is_over:
                return
            yield number

    @contextmanager
    def operation(self, name: str, count: int = 1) -> Iterator[None]:
        """Count one call that does `count` operations, if it ends well."""
        began = time.perf_counter()
        yield
        self.note(name, time.perf_counter() - began, count)

    def note(self, name: str, seconds: float, count: int = 1) -> None:
        """Count one call that took so long and did `count` operations."""
        self._latencies[name][int(math.log(max(seconds, 1e-6) * 1e6) / _STEP)] += 1
        self.counts[name] += count

    def expect(self, name: str, *, holds: bool, detail: str) -> None:
        """Note a fault unless something holds that must."""
        if not holds:
            self.faults.append(f"{name}: {detail}")

    def milliseconds(self, name: str, *quantiles: float) -> list[float]:
        """The latency that so many of the calls did not exceed."""
        classes = self._latencies[name]
        total = sum(classes.values())
        found = []
        for quantile in quantiles:
            seen = 0
            for each in sorted(classes):
                seen += classes[each]
                if seen >= quantile * total:
                    found.append(math.exp((each + 1) * _STEP) / 1000)
                    break
        return found
