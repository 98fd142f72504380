"""One seed in a process of its own: what comes back is text, as traces do not travel.

It stands in a module of its own: a process that is spawned can't find what stands in `__main__`.
"""

from __future__ import annotations

import logging

from tests.simulation.seeds import run_seed

Result = tuple[int, str, str | None]


def try_seed(seed: int) -> Result:
    """Try a seed; gives it, how its instance ended, and what was broken, if anything."""
    logging.disable()
    trial = run_seed(seed)
    status = trial.outcome.status.value if trial.outcome is not None else "no instance"
    return seed, status, None if trial.violation is None else f"{trial.violation.of}: {trial.violation.told}"
