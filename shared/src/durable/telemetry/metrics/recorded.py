"""The metrics of a process as they stand: cheap to write, and read whole by whoever exports them.

1. A value is written in the thread of the event loop, and costs less than a microsecond; it may be read in any thread.
2. A metric has at most `LABELS_MAX` combinations of labels. What comes beyond is counted under `other`, so that a name
   that somebody makes up for each message can't fill the memory, or the bill of whoever stores them.
3. What can be asked for is not counted: a gauge reads its subject when the metrics are read, and is gone with it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from weakref import ref

from durable.telemetry.metrics.metric import Metric

LABELS_MAX: Final = 200
OTHER: Final = "other"
T = TypeVar("T")
_Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Distribution:
    """The values of a histogram.

    Attributes:
        counts: how many lie in each bucket; the last is of those above all bounds.
        sum: of all values.
    """

    counts: tuple[int, ...]
    sum: float


@dataclass(frozen=True, slots=True)
class Reading:
    """One metric with one combination of labels, as it stands; of a counter and a histogram, since the start."""

    metric: Metric
    labels: tuple[str, ...]
    value: float | Distribution


class _Cells:
    """The buckets of one combination of labels."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0


class Metrics:
    """Takes the values of one process."""

    def __init__(self) -> None:
        self._sums: dict[_Key, float] = {}
        self._cells: dict[_Key, _Cells] = {}
        self._watched: list[tuple[_Key, ref[Any], Callable[[Any], float]]] = []
        self._combinations: dict[Metric, int] = {}

    def add(self, metric: Metric, amount: float, *labels: str) -> None:
        """Add to a counter."""
        key = (metric, *labels)
        try:
            self._sums[key] += amount
        except KeyError:
            key = self._admitted(key, self._sums)
            self._sums[key] = self._sums.get(key, 0) + amount

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Put a value into a histogram."""
        key = (metric, *labels)
        cells = self._cells.get(key)
        if cells is None:
            key = self._admitted(key, self._cells)
            cells = self._cells.setdefault(key, _Cells(metric.buckets))
        cells.counts[bisect_left(cells.bounds, value)] += 1
        cells.sum += value

    def watch(self, metric: Metric, subject: T, read: Callable[[T], float], *labels: str) -> None:
        """Have a gauge, or a counter of something as old as the process, read from its subject while that lives.

        Several subjects under the same labels add up.
        """
        self._watched.append((self._admitted((metric, *labels), ()), ref(subject), read))

    def read(self) -> list[Reading]:
        """Give all values as they stand."""
        sums = self._sums.copy()
        for key, subject, read in self._living():
            sums[key] = sums.get(key, 0) + read(subject)
        readings = [Reading(key[0], key[1:], value) for key, value in sums.items()]
        for key, cells in self._cells.copy().items():
            readings.append(Reading(key[0], key[1:], Distribution(tuple(cells.counts), cells.sum)))
        return readings

    def value(self, metric: Metric, *labels: str) -> float:
        """Give a counter or gauge, or how many values a histogram has; 0 for what never came. For tests."""
        for reading in self.read():
            if reading.metric is metric and reading.labels == labels:
                value = reading.value
                return sum(value.counts) if isinstance(value, Distribution) else value
        return 0

    def _living(self) -> list[tuple[_Key, Any, Callable[[Any], float]]]:
        found = [(key, subject(), read) for key, subject, read in self._watched.copy()]
        if any(subject is None for _, subject, _ in found):
            self._watched = [one for one in self._watched if one[1]() is not None]
        return [(key, subject, read) for key, subject, read in found if subject is not None]

    def _admitted(self, key: _Key, known: Any) -> _Key:
        """Give the key under which a new combination is counted."""
        metric, labels = key[0], key[1:]
        if len(labels) != len(metric.labels):
            raise TypeError(f"expected the labels {metric.labels} of {metric.name}; found {labels}")
        count = self._combinations.get(metric, 0)
        if count >= LABELS_MAX:
            return (metric, *(OTHER for _ in labels))
        if key not in known:
            self._combinations[metric] = count + 1
        return key
