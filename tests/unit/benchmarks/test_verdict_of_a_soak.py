import pytest

from benchmarks.soak.samples import Sample
from benchmarks.soak.tally import Tally
from benchmarks.soak.verdict import faults_of, growth

SECONDS = 600


def run(memory_per_minute: float, files_per_minute: float = 0) -> list[Sample]:
    return [
        Sample(at, 60 + memory_per_minute * at / 60, 20 + files_per_minute * at / 60, 0, 0) for at in range(SECONDS)
    ]


def test_the_growth_of_a_line_is_its_rise() -> None:
    assert growth([(at, 3 + 2 * at) for at in range(11)]) == pytest.approx(20)


def test_what_stays_as_it_is_is_steady() -> None:
    assert faults_of("x", run(0.2)) == []


def test_memory_that_rises_is_a_fault() -> None:
    (fault,) = faults_of("x", run(3))

    assert fault.startswith("x: memory grows, 15.0 MiB")


def test_files_that_rise_are_a_fault() -> None:
    (fault,) = faults_of("x", run(0, 10))

    assert fault.startswith("x: files grow, 49.8 MiB")


def test_a_short_run_is_not_judged() -> None:
    assert faults_of("x", run(100)[:60]) == []


def test_latencies_are_told_within_five_per_cent() -> None:
    tally = Tally()
    for milliseconds in range(1, 101):
        tally.note("x", milliseconds / 1000)

    assert tally.milliseconds("x", 0.5, 0.99) == pytest.approx([50, 99], rel=0.06)
