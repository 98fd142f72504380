"""What is told of a seed that fails: the program made small, the schedule made small, what happened, how to repeat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import orjson

from durable.testing.exploring.report import ExplorationFailed
from durable.testing.exploring.search import shrink
from durable.testing.exploring.trial import Judge, Trial
from tests.simulation.programs import Step
from tests.simulation.seeds import judge_of, program_of, run_seed

TRIES_MAX = 300


def tell_failure(seed: int) -> str | None:
    """Run a seed again and tell its failure; `None` if it does not fail."""
    trial = run_seed(seed)
    if trial.violation is None:
        return None
    judge = judge_of(seed)
    steps, trial = _smaller_program(judge, program_of(seed), shrink(trial, judge.run))
    failure = ExplorationFailed(trial, 1, f"make simulate SEED={seed}   (schedule SCHEDULE)")
    return f"seed {seed}, program {orjson.dumps(steps).decode()}\n{failure}"


def _smaller_program(judge: Judge, steps: list[Step], failing: Trial) -> tuple[list[Step], Trial]:
    """Leave out what is not needed for the same failure under the same schedule."""
    tries, smaller = 0, True
    while smaller and tries < TRIES_MAX:
        smaller = False
        for candidate in _without_one(steps):
            tries += 1
            trial = replace(judge, subject=replace(judge.subject, input=candidate)).run(failing.schedule)
            if _same(trial, failing):
                steps, failing, smaller = candidate, trial, True
                break
    return steps, failing


def _same(trial: Trial, failing: Trial) -> bool:
    return trial.violation is not None and failing.violation is not None and trial.violation.of == failing.violation.of


def _without_one(steps: list[Step]) -> Iterator[list[Step]]:
    for index, step in enumerate(steps):
        yield steps[:index] + steps[index + 1 :]
        for place, part in enumerate(step):
            if isinstance(part, list) and any(isinstance(one, list) for one in part):
                for less in _without_one(part):
                    yield [*steps[:index], [*step[:place], less, *step[place + 1 :]], *steps[index + 1 :]]
