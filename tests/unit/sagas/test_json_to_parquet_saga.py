from collections.abc import Callable
from typing import Any

import pytest

from contracts.columns import Column
from contracts.rows import (
    CHECK_PARQUET,
    DELETE_TABLE,
    ROWS_TO_PARQUET,
    CheckedTable,
    CheckTable,
    ConvertRows,
    RowsReceived,
    WrittenTable,
)
from durable import NonRetryable
from durable.status import Status
from orchestrator.sagas.json_to_parquet import FILES_AT_ONCE, json_to_parquet
from tests.support.drive import Drive, Mode
from tests.support.in_flight import most_in_flight


class Tables:
    """A worker that remembers which tables lie in the store."""

    def __init__(self, broken: str = "", wrong: str = "") -> None:
        self.stored: set[str] = set()
        self.asked: list[ConvertRows] = []
        self._broken = broken
        self._wrong = wrong

    def convert(self, request: ConvertRows) -> WrittenTable:
        self.asked.append(request)
        if request.source == self._broken:
            raise NonRetryable("line 18")
        self.stored.add(request.target)
        return WrittenTable(object=request.target, size=5, rows=10, columns=["a", "b"])

    def check(self, request: CheckTable) -> CheckedTable:
        assert (request.rows, request.columns) == (10, ["a", "b"])
        if self._wrong and self._wrong in request.object:
            raise NonRetryable("found 9 rows")
        return CheckedTable(object=request.object, rows=request.rows)

    def delete(self, request: WrittenTable) -> WrittenTable:
        self.stored.discard(request.object)
        return request

    def run(self, number: int, mode: Mode = Mode.LIVE) -> Drive:
        handlers: dict[Any, Callable[[Any], Any]] = {
            ROWS_TO_PARQUET: self.convert,
            CHECK_PARQUET: self.check,
            DELETE_TABLE: self.delete,
        }
        received = RowsReceived(objects=[f"in/rows-{n}.jsonl" for n in range(1, number + 1)])
        return Drive([json_to_parquet], handlers, mode).start(json_to_parquet, received.model_dump()).finish()


@pytest.mark.parametrize("mode", Mode)
def test_each_file_becomes_a_table_that_is_read_back(mode: Mode) -> None:
    tables = Tables()

    drive = tables.run(12, mode)

    names = [f"json-to-parquet/a/{n:04d}-rows-{n}.parquet" for n in range(1, 13)]
    assert drive.status is Status.COMPLETED
    assert tables.stored == set(names)
    assert drive.instance.output["rows"] == 120  # type: ignore[index]
    assert [table["object"] for table in drive.instance.output["tables"]] == names  # type: ignore[index]
    assert [name for name, _ in drive.effects].count(CHECK_PARQUET.name) == 12


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("fault", [{"broken": "in/rows-3.jsonl"}, {"wrong": "rows-2"}])
def test_if_a_table_cannot_be_had_none_is_left_behind(mode: Mode, fault: dict[str, str]) -> None:
    tables = Tables(**fault)

    drive = tables.run(12, mode)

    assert drive.status is Status.COMPENSATED
    assert tables.stored == set()


def test_files_are_converted_so_many_at_a_time() -> None:
    assert most_in_flight(Tables().run(30).history) == FILES_AT_ONCE


def test_two_files_of_one_name_become_two_tables() -> None:
    received = RowsReceived(objects=["a/rows.jsonl", "b/rows.jsonl"])
    tables = Tables()
    handlers: dict[Any, Callable[[Any], Any]] = {ROWS_TO_PARQUET: tables.convert, CHECK_PARQUET: tables.check}

    Drive([json_to_parquet], handlers).start(json_to_parquet, received.model_dump()).finish()

    assert tables.stored == {"json-to-parquet/a/0001-rows.parquet", "json-to-parquet/a/0002-rows.parquet"}


def started(tables: Tables, **received: Any) -> Drive:
    handlers: dict[Any, Callable[[Any], Any]] = {
        ROWS_TO_PARQUET: tables.convert,
        CHECK_PARQUET: tables.check,
        DELETE_TABLE: tables.delete,
    }
    data = {"objects": [f"in/rows-{n}.jsonl" for n in range(1, 161)], **received}
    return Drive([json_to_parquet], handlers).start(json_to_parquet, data).finish()


@pytest.mark.parametrize("fan_out", [1, 3, 150])
def test_so_many_files_are_converted_at_once_as_are_asked_for(fan_out: int) -> None:
    assert most_in_flight(started(Tables(), fan_out=fan_out).history) == fan_out


def test_tables_go_to_the_folder_that_is_asked_for() -> None:
    tables = Tables()

    started(tables, objects=["in/rows-1.jsonl"], folder="lake/landings/")

    assert tables.stored == {"lake/landings/a/0001-rows-1.parquet"}


def test_columns_that_are_given_are_those_of_every_file() -> None:
    tables = Tables()

    started(tables, objects=["in/1.jsonl", "in/2.jsonl"], columns=[{"name": "a", "type": "int64"}])

    assert [request.columns for request in tables.asked] == [[Column(name="a", type="int64")]] * 2


@pytest.mark.parametrize(
    "received",
    [{"fan_out": 0}, {"fan_out": 151}, {"folder": "../out"}, {"folder": ""}, {"columns": []}, {"objects": ["../x"]}],
)
def test_what_can_not_be_asked_for_is_rejected(received: dict[str, Any]) -> None:
    tables = Tables()

    drive = started(tables, **received)

    assert drive.status is Status.REJECTED
    assert tables.asked == []
