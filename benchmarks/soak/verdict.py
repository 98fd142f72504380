"""Whether an endpoint stayed as it was: the trend of memory and files over the second half of a run."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from benchmarks.soak.samples import Sample

# A run that is shorter shows how an endpoint warms up and nothing else.
SECONDS_MIN = 120.0
# What may be left of warming up, of a page cache that fills, of a log that is folded just then.
_ALLOWED_SHARE, _ALLOWED_MEBIBYTES = 0.03, 4.0
_FILES_ALLOWED_MEBIBYTES = 24.0


def growth(points: Sequence[tuple[float, float]]) -> float:
    """By how much a straight line through the points rises from the first one to the last."""
    if len(points) < 3:
        return 0.0
    slope, _ = statistics.linear_regression(*zip(*points, strict=True))
    return slope * (points[-1][0] - points[0][0])


def faults_of(name: str, samples: Sequence[Sample]) -> list[str]:
    """What is wrong with the second half of a run; empty if it was steady, or too short to tell."""
    if not samples or samples[-1].at - samples[0].at < SECONDS_MIN:
        return []
    half = samples[len(samples) // 2 :]
    found = []
    memory = growth([(each.at, each.memory) for each in half])
    allowed = _ALLOWED_SHARE * statistics.fmean(each.memory for each in half) + _ALLOWED_MEBIBYTES
    if memory > allowed:
        found.append(f"{name}: memory grows, {memory:.1f} MiB in the second half; {allowed:.1f} are allowed")
    files = growth([(each.at, each.files) for each in half])
    if files > _FILES_ALLOWED_MEBIBYTES:
        found.append(f"{name}: files grow, {files:.1f} MiB in the second half; {_FILES_ALLOWED_MEBIBYTES} are allowed")
    return found
