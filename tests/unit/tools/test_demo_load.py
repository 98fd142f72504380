import io
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import orjson
from rich.console import Console

from contracts.catalogue import CATALOGUE
from contracts.invoices import Invoice
from samples.large import numbered_invoice, write_samples
from samples.row_files import ROWS_IN_A_BLOCK, json_lines
from stack.demo.instances import Ending, Instance
from stack.demo.progress import Progress, print_totals
from stack.demo.report import Result
from stack.demo.samples import read_samples
from stack.demo.verdict import Line

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files}


def a_line(number: int, seconds: int, status: str = "Completed") -> Line:
    ended = NOON + timedelta(seconds=seconds)
    instance = Instance(f"split:{number}", "split", status, NOON, ended)
    return Line(f"{number}.pdf", "split", instance, "" if status == "Completed" else "expected Completed")


def test_a_load_is_a_folder_of_samples_and_the_same_each_time(tmp_path: Path) -> None:
    write_samples(tmp_path / "one", 0.01)
    write_samples(tmp_path / "two", 0.01)

    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    sendings = read_samples(tmp_path / "one")
    assert len(sendings) == 1 + 1 + 10 + 3
    assert all(file.is_file() for sending in sendings for file in sending.files)
    texts = [sending.data for sending in sendings if sending.event_type == "texts.received"]
    assert len([CATALOGUE["texts.received"].model_validate(data) for data in texts]) == 10


def test_the_invoices_of_a_load_add_up() -> None:
    assert {Invoice.model_validate(numbered_invoice(number)).number for number in range(1, 301)} == {
        f"L-{number:05d}" for number in range(1, 301)
    }


def test_any_number_of_rows_is_written_in_blocks() -> None:
    blocks = list(json_lines(ROWS_IN_A_BLOCK * 2 + 1))

    assert [block.count(b"\n") for block in blocks] == [ROWS_IN_A_BLOCK, ROWS_IN_A_BLOCK, 1]
    ids = [orjson.loads(line)["id"] for block in blocks for line in block.splitlines()]
    assert ids == list(range(1, ROWS_IN_A_BLOCK * 2 + 2))


def test_progress_counts_what_has_ended_by_saga() -> None:
    said = io.StringIO()

    with Progress(Console(file=said, width=200)) as progress:
        progress.show([a_line(1, 2), Line("b.pdf", "split", None), Line("b.pdf", "convert", None)])

    assert said.getvalue().splitlines()[-1].endswith("s  split 1/2, convert 0/1")


def test_totals_tell_how_the_instances_of_a_saga_ended_and_what_is_not_as_expected() -> None:
    said = io.StringIO()
    lines = [a_line(1, 2), a_line(2, 4), a_line(3, 1, "Failed"), Line("4.pdf", "split", None, "the saga did not start")]
    results = [Result(line, Ending(line.instance, 5, (), "") if line.instance else None, (), ()) for line in lines]

    print_totals(results, Console(file=said, width=200))

    words = said.getvalue().split()
    assert words[words.index("split") :][:9] == ["split", "4", "2", "Completed,", "1", "Failed", "4.0", "s", "2.0"]
    assert "✗ split  3.pdf: expected Completed" in said.getvalue()
    assert "✗ split  4.pdf: the saga did not start" in said.getvalue()
    assert "2 of 4 outcomes are as expected." in said.getvalue()
