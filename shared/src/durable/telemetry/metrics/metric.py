"""What a metric is: declared once, with all that a reader must know of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """How the values of a metric add up."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """Something that is counted or measured.

    Attributes:
        name: dotted, as OpenTelemetry and Application Insights know it.
        kind: how its values add up.
        unit: as UCUM writes it: `s`, `By`, or what is counted in braces.
        meaning: what a value says, in a sentence.
        labels: by what it is told apart; of few different values, never ids.
        buckets: upper bounds, each inclusive, of a histogram.
    """

    name: str
    kind: Kind
    unit: str
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
