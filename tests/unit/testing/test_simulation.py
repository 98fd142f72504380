import logging
import time
from collections.abc import Iterator

import pytest

from durable import Saga
from durable.testing.exploring.faults import Fault
from orchestrator import sagas
from tests.simulation import failing
from tests.simulation.__main__ import many
from tests.simulation.failing import tell_failure
from tests.simulation.seeds import a_schedule, program_of, run_seed
from tests.simulation.shipped import SHIPPED, explore_shipped

SEEDS = 300
SECONDS_MAX = 25.0


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def test_a_few_hundred_seeds_hold() -> None:
    began = time.perf_counter()
    ends = set()
    for seed in range(SEEDS):
        trial = run_seed(seed)
        assert trial.violation is None, f"{trial.violation}\nrepeat it with: make simulate SEED={seed}"
        ends.add(trial.outcome.status.value if trial.outcome else "")
        if time.perf_counter() - began > SECONDS_MAX and seed > 50:
            break

    assert len(ends) >= 4


@pytest.mark.parametrize("seed", [3, 17])
def test_a_seed_is_the_same_run_each_time(seed: int) -> None:
    first, second = run_seed(seed), run_seed(seed)

    assert program_of(seed) == program_of(seed)
    assert first.schedule == second.schedule
    assert [(call.process, call.at, call.what()) for call in first.trace] == [
        (call.process, call.at, call.what()) for call in second.trace
    ]


def test_seeds_differ() -> None:
    assert len({str(program_of(seed)) for seed in range(50)}) > 40


def test_a_failing_seed_is_told_with_the_command_that_repeats_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from durable.testing.exploring import trial as trials

    def nothing_sleeps(evidence: object) -> None:
        kinds = {type(event).__name__ for found in evidence.instances.values() for event in found.history}  # type: ignore[attr-defined]
        assert "TimerCreated" not in kinds, "a timer was set"

    monkeypatch.setattr(trials, "CHECKS", (nothing_sleeps,))
    seed = next(seed for seed in range(100) if tell_failure(seed) is not None)

    told = failing.tell_failure(seed)

    assert told is not None
    assert f"make simulate SEED={seed}" in told
    assert "nothing goes wrong" in told
    program = told.partition("\n")[0]
    assert len(program) < 120


def test_seeds_are_tried_in_processes_and_summed_up_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert many(4, time.perf_counter()) == 0

    assert capsys.readouterr().out.startswith("4 seeds held in ")


def test_every_fault_is_tried() -> None:
    from random import Random

    tried = {hit.fault for seed in range(200) for hit in a_schedule(Random(seed))}

    assert tried == set(Fault)


def test_shipped_sagas_hold_under_faults() -> None:
    report = explore_shipped("document-to-markdown", (Fault.DIES_AFTER, Fault.ANSWER_LOST), pairs=5, seeds=5)

    assert report.singles > 30


def test_all_shipped_sagas_are_explored() -> None:
    explored = {shipped.saga.name for shipped in SHIPPED.values()}

    assert explored == {one.name for one in vars(sagas).values() if isinstance(one, Saga)}
