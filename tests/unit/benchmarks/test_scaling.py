import os
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from benchmarks.scaling.cells import INVOICES, ROWS, Cell, matrix
from benchmarks.scaling.driver import Driver, Outcome, events_of
from benchmarks.scaling.inputs import LaidOut
from benchmarks.scaling.measuring import Measured, Plan
from benchmarks.scaling.page import Setting, machine, page, rows_of
from benchmarks.scaling.surroundings import scaled_services
from benchmarks.scaling.usage import usage_of
from contracts.catalogue import CATALOGUE
from stack import HttpReady, Ports, Process, running_stack

APPLICATION = Path(__file__).parents[1] / "tools" / "tiny_application.py"
SETTING = Setting(date(2026, 1, 2), "a machine", timedelta(seconds=6))


class NumberedPorts:
    def __getitem__(self, name: str) -> int:
        return 20_000 + sum(name.encode())

    def release(self) -> None:
        pass


def measured(cell: Cell, *statuses: str) -> Measured:
    outcomes = [Outcome(status, 1.0 + number) for number, status in enumerate(statuses)]
    return Measured(cell, outcomes, seconds=10, cpu=2, memory=300 << 20, other=0.25)


def tiny(folder: Path, ports: Ports) -> tuple[Process, ...]:
    name = "ingestor"
    argv = (sys.executable, str(APPLICATION), str(ports[name]), str(folder))
    return (Process(name, argv, HttpReady(ports[name]), f"http://127.0.0.1:{ports[name]}"),)


def test_the_matrix_has_every_published_rate_at_every_number_of_replicas() -> None:
    cells = matrix()

    assert len(cells) == len(set(cells)) == 4 * (3 * 4 + 2 + 3 + 4)
    assert {cell.rate for cell in cells if cell.saga == ROWS} == {1, 5, 15}
    assert {cell.rate for cell in cells if cell.saga == INVOICES} == {10, 50, 150}


def test_a_cell_sends_what_a_minute_brings() -> None:
    assert all(sum(cell.bursts()) == cell.rate for cell in matrix())


def test_the_events_of_a_cell_are_those_that_the_application_takes(tmp_path: Path) -> None:
    inputs = LaidOut(tmp_path)

    for cell in (Cell(ROWS, 1, 150, 1), Cell(INVOICES, 1, 10, 50)):
        for burst in events_of(cell, inputs):
            for event in burst:
                CATALOGUE[str(event["type"])].model_validate(event["data"])
    assert all((tmp_path / name).is_file() for name in (*inputs.files(150), inputs.invoice(3)[0]))


def test_a_stack_has_as_many_replicas_as_asked_each_with_a_port_of_its_own(tmp_path: Path) -> None:
    processes = scaled_services(INVOICES, 3)(tmp_path, NumberedPorts())

    names = [process.name for process in processes]
    assert sum(name.startswith("worker-language") for name in names) == 3
    assert sum(name.startswith("worker-storage") for name in names) == 1
    assert len({process.url for process in processes}) == len({p.env.get("REPLICA", p.name) for p in processes})


async def test_a_driver_learns_how_each_request_ended_and_how_long_it_took(tmp_path: Path) -> None:
    async with running_stack(tmp_path, services=tiny) as stack:
        driver = Driver(stack.urls["ingestor"], stack.urls["ingestor"])
        inputs = LaidOut(tmp_path / "objects")

        (outcome,) = await driver.drive(
            Cell("gather", 1, 1, 1), list(events_of(Cell(ROWS, 1, 1, 1), inputs)), timedelta(0)
        )

    assert outcome.status == "Completed"
    assert outcome.seconds > 1


def test_what_a_process_and_its_children_use_is_added_up() -> None:
    child = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        usage = usage_of([child.pid])
    finally:
        child.kill()
        child.wait()

    assert 0 < usage.memory < usage_of([os.getsid(0)]).memory + (1 << 30)
    assert usage.machine > usage.cpu


def test_stacks_share_the_time_that_is_left() -> None:
    plan = Plan(matrix(), timedelta(seconds=6), budget=timedelta(seconds=80))

    shares = [share.total_seconds() for _, _, share in plan.stacks()]

    assert len(shares) == 8
    assert shares[0] == pytest.approx(10, abs=0.5)


def test_the_page_has_a_row_for_each_cell_and_names_those_that_were_not_measured() -> None:
    first, second = Cell(ROWS, 2, 10, 5), Cell(INVOICES, 1, 10, 10)

    text = page([measured(first, "Completed", "Completed"), measured(second, "Completed", "Failed")], SETTING)

    assert "Measured on 2026-01-02, a machine. Window: 6 seconds, so rates are the published ones times 10." in text
    assert f"2 of {len(matrix())} cells were measured, each once." in text
    assert "| 2 | 10 | 5/min | 2 | 12 | 5.0 | 2.00 s | 2.00 s | 2.0 | 40 | 300 MiB | 100% | 0.2 |" in text
    assert "| 1 | 10 | 10/min | 2 | 6 | 1.0 | 2.00 s | 2.00 s | 2.0 | 200 | 300 MiB | 50% | 0.2 |" in text
    assert "* json-to-parquet: replicas 2, fan-out 150, 15/min" in text
    assert "* json-to-parquet: replicas 2, fan-out 10, 5/min" not in text


def test_a_page_keeps_the_rows_of_an_earlier_one_of_the_same_day_machine_and_window() -> None:
    first, second = Cell(ROWS, 2, 10, 5), Cell(INVOICES, 1, 10, 10)
    before = page([measured(first, "Completed")], SETTING)

    assert set(rows_of(page([measured(second, "Completed")], SETTING, before))) == {first, second}
    other = replace(SETTING, machine="another machine")
    assert set(rows_of(page([measured(second, "Completed")], other, before))) == {second}


def test_a_page_of_the_whole_matrix_says_nothing_of_missing_cells() -> None:
    assert "Not measured" not in page([measured(cell, "Completed") for cell in matrix()], SETTING)


def test_the_machine_is_described() -> None:
    assert "processors" in machine()
