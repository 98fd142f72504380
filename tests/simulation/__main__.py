"""`make simulate`: every shipped saga under every crash point, then seeded programs under seeded faults.

`SEEDS` says how many seeds, `SEED` which one alone. A failure tells the smallest program and schedule, and the command
that repeats it; the exit code is then 1.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator

from tests.simulation.failing import tell_failure
from tests.simulation.shipped import SHIPPED, explore_shipped
from tests.simulation.trying import Result, try_seed

SEEDS_DEFAULT = 10_000
CHUNK = 20


def main() -> int:
    """Run what the environment asks for."""
    logging.disable()
    if "SEED" in os.environ:
        return _one(int(os.environ["SEED"]))
    began = time.perf_counter()
    for name in SHIPPED:
        print(f"{name}: {explore_shipped(name)}", flush=True)
    return many(int(os.environ.get("SEEDS", SEEDS_DEFAULT)), began)


def _one(seed: int) -> int:
    told = tell_failure(seed)
    print(told or f"seed {seed}: everything held")
    return 0 if told is None else 1


def many(count: int, began: float) -> int:
    """Try so many seeds on all cores, and give the exit code."""
    ends: Counter[str] = Counter()
    for seed, status, violation in _results(count):
        if violation is not None:
            print(f"\nseed {seed} fails: {violation}\nmaking it small …", flush=True)
            return _one(seed)
        ends[status] += 1
        if sum(ends.values()) % 500 == 0:
            print(f"{sum(ends.values())} of {count} seeds, {time.perf_counter() - began:.0f} s", flush=True)
    told = ", ".join(f"{number} {status}" for status, number in ends.most_common())
    print(f"{count} seeds held in {time.perf_counter() - began:.0f} s: {told}")
    return 0


def _results(count: int) -> Iterator[Result]:
    with multiprocessing.get_context("spawn").Pool(os.cpu_count(), maxtasksperchild=500) as pool:
        yield from pool.imap_unordered(try_seed, range(count), CHUNK)


if __name__ == "__main__":
    sys.exit(main())
