import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.conversions import (
    CAPACITIES,
    CONVERT_TABLE,
    DELETE_TABLES,
    ORC,
    PARQUET,
    ContainerSize,
    ConvertedTable,
    ConvertTable,
    DeletedTables,
    TableFolder,
)
from contracts.storage import LIST_PAGE, ListedObject, ListPage, ObjectPage
from durable import NonRetryable
from durable.adapters.memory import MemoryObjects
from durable.errors import ObjectNotFound
from durable.events import SagaRejected
from durable.status import Status
from durable.testing import Mode, Run, SagaEnvironment
from orchestrator.sagas.parquet_orc import parquet_orc
from storage_worker.listing import list_objects
from tabular_worker.conversion import convert_file, job_of
from tabular_worker.orc_files import open_orc
from tests.support.drive import Drive
from tests.support.in_flight import most_in_flight

module = sys.modules["orchestrator.sagas.parquet_orc"]  # The package has the saga under this name.
OTHERS = "parquet-orc/another/t.orc"


@dataclass
class Workers:
    """A storage worker that lists by name, and a tabular worker that remembers what it was asked for."""

    objects: dict[str, int]
    broken: str = ""
    gone: frozenset[str] = frozenset()
    written: set[str] = field(default_factory=lambda: {OTHERS})
    asked: list[ConvertTable] = field(default_factory=list)
    listed: list[ListPage] = field(default_factory=list)

    def list(self, page: ListPage) -> ObjectPage:
        self.listed.append(page)
        names = [name for name in sorted(self.objects) if name > (page.continuation or "")]
        taken, more = names[: page.page_size], names[page.page_size :]
        found = [ListedObject(name=name, size=self.objects[name]) for name in taken]
        return ObjectPage(store=page.store, objects=found, continuation=taken[-1] if more else None)

    def convert(self, request: ConvertTable) -> ConvertedTable:
        self.asked.append(request)
        if request.source.name in self.gone:
            raise ObjectNotFound(f"there is no object {request.source.name!r}")
        self.written.add(request.target.name)
        if request.source.name == self.broken:
            raise NonRetryable("it is cut short")
        return ConvertedTable(target=request.target, size=7, rows=self.objects[request.source.name], columns=[])

    def delete(self, folder: TableFolder) -> DeletedTables:
        gone = {name for name in self.written if name.startswith(f"{folder.folder}/")}
        self.written -= gone
        return DeletedTables(count=len(gone))

    def run(self, mode: Mode = Mode.LIVE, **received: Any) -> Run:
        handlers: dict[Any, Callable[[Any], Any]] = {
            LIST_PAGE: self.list,
            CONVERT_TABLE: self.convert,
            DELETE_TABLES: self.delete,
        }
        environment = SagaEnvironment([parquet_orc], handlers, mode)
        run = environment.start(parquet_orc.name, {"prefix": "in", **received}, instance_id="a")
        environment.advance(timedelta(minutes=5))
        return run


def tables(number: int) -> dict[str, int]:
    return {f"in/{n % 3}/t-{n:03d}.parquet": n for n in range(number)}


@pytest.mark.parametrize("mode", Mode)
def test_every_table_of_every_page_is_converted(mode: Mode) -> None:
    workers = Workers(tables(25))

    run = workers.run(mode, page_size=10)

    outputs = {f"parquet-orc/a/{n % 3}/t-{n:03d}.orc" for n in range(25)}
    assert run.status is Status.COMPLETED
    assert workers.written == outputs | {OTHERS}
    assert {(request.source_type, request.target_type) for request in workers.asked} == {(PARQUET, ORC)}
    assert run.result.model_dump() == {
        "outputs": "parquet-orc/a",
        "pages": 3,
        "converted": 25,
        "skipped": 0,
        "rows": sum(range(25)),
        "size": 7 * 25,
        "skipped_first": [],
    }


def test_a_page_has_a_hundred_objects_unless_another_number_is_asked_for() -> None:
    workers = Workers(tables(101))

    workers.run()

    assert [(page.page_size, page.continuation) for page in workers.listed] == [
        (100, None),
        (100, sorted(workers.objects)[99]),
    ]


@pytest.mark.parametrize("size", ContainerSize)
def test_a_container_size_says_how_many_tables_are_converted_at_once_and_how_large_they_are(
    size: ContainerSize,
) -> None:
    workers = Workers(tables(70))

    run = workers.run(container_size=size)

    assert most_in_flight(run.history) == CAPACITIES[size].at_once
    assert {request.source_bytes_max for request in workers.asked} == {CAPACITIES[size].source_bytes_max}


def test_a_long_listing_goes_on_in_further_executions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HISTORY_EVENTS_MAX", 40)
    workers = Workers(tables(60))

    run = workers.run(page_size=10)

    assert run.result.model_dump(include={"pages", "converted", "rows"}) == {
        "pages": 6,
        "converted": 60,
        "rows": sum(range(60)),
    }
    assert sum(event.kind == "ContinuedAsNew" for event in run.history) == 2


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("events_max", [40, 4000])
def test_if_a_table_can_not_be_had_no_output_of_any_page_is_left_behind(
    monkeypatch: pytest.MonkeyPatch, mode: Mode, events_max: int
) -> None:
    monkeypatch.setattr(module, "HISTORY_EVENTS_MAX", events_max)
    workers = Workers(tables(60), broken="in/2/t-044.parquet")

    run = workers.run(mode, page_size=10)

    assert run.status is Status.COMPENSATED
    assert run.failure is not None
    assert workers.written == {OTHERS}
    assert "1 of 10 tables of page 6 could not be converted" in run.failure.message
    assert "'in/2/t-044.parquet': it is cut short" in run.failure.message


def test_a_table_that_disappears_after_it_was_listed_is_skipped_and_told() -> None:
    workers = Workers(tables(12), gone=frozenset({"in/1/t-004.parquet"}))

    run = workers.run(page_size=5)

    assert run.status is Status.COMPLETED
    assert (run.result.converted, run.result.skipped) == (11, 1)
    assert [skipped.model_dump() for skipped in run.result.skipped_first] == [
        {"name": "in/1/t-004.parquet", "reason": "gone before it was read"}
    ]


def test_what_is_no_parquet_by_its_name_is_skipped_and_told() -> None:
    workers = Workers({"in/a.parquet": 1, "in/b.orc": 1, "in/notes.txt": 1})

    run = workers.run()

    assert (run.result.converted, run.result.skipped) == (1, 2)
    assert [skipped.name for skipped in run.result.skipped_first] == ["in/b.orc", "in/notes.txt"]


def test_no_more_than_the_first_hundred_that_are_skipped_are_named() -> None:
    run = Workers({f"in/{n:03d}.txt": 1 for n in range(150)}).run()

    assert (run.result.skipped, len(run.result.skipped_first)) == (150, 100)


def test_an_empty_folder_is_done_at_once() -> None:
    run = Workers({}).run()

    assert run.status is Status.COMPLETED
    assert (run.result.pages, run.result.converted) == (1, 0)


def test_outputs_go_to_the_folder_and_the_store_that_are_asked_for() -> None:
    workers = Workers(tables(1))

    run = workers.run(folder="lake/orc/", target_store="archive")

    assert workers.asked[0].target.model_dump() == {"store": "archive", "name": "lake/orc/a/0/t-000.orc"}
    assert run.result.outputs == "lake/orc/a"


@pytest.mark.parametrize(
    ("received", "reasons"),
    [
        ({"page_size": 0, "container_size": "huge"}, ["page_size", "container_size"]),
        ({"page_size": 1001, "prefix": "../in", "folder": "a//b"}, ["page_size", "prefix", "folder"]),
        ({"folder": "in/orc"}, ["outputs would be listed among the tables"]),
        ({"prefix": ""}, ["outputs would be listed among the tables"]),
        ({"folder": "x" * 201}, ["expected a folder of at most 200 characters"]),
    ],
)
def test_input_that_is_not_valid_is_rejected_with_every_reason(received: dict[str, Any], reasons: list[str]) -> None:
    workers = Workers(tables(1))

    drive = Drive([parquet_orc], {LIST_PAGE: workers.list}).start(parquet_orc, {"prefix": "in", **received}).finish()

    found = str(next(event.reasons for event in drive.history if isinstance(event, SagaRejected)))
    assert drive.status is Status.REJECTED
    assert [reason for reason in reasons if reason not in found] == []
    assert workers.listed == []


def test_what_the_workers_really_do_goes_together(tmp_path: Path) -> None:
    objects = MemoryObjects()
    tables = {f"in/{n}.parquet": pa.timestamp("ms") for n in range(7)} | {"in/deep/7.parquet": pa.uint8()}
    (tmp_path / "in" / "deep").mkdir(parents=True)
    for name, type_ in tables.items():
        pq.write_table(pa.table({"a": pa.array([1, 2, 3], type_)}), tmp_path / name)

    def convert(request: ConvertTable) -> ConvertedTable:
        target = tmp_path / request.target.name
        target.parent.mkdir(parents=True, exist_ok=True)
        converted = convert_file(job_of(request), tmp_path / request.source.name, target)
        return ConvertedTable(target=request.target, size=target.stat().st_size, rows=converted.rows, columns=[])

    async def list_page(page: ListPage) -> ObjectPage:
        for name in tables:
            await objects.put(name, b"")
        return await list_objects(objects, page)

    environment = SagaEnvironment([parquet_orc], {LIST_PAGE: list_page, CONVERT_TABLE: convert})
    run = environment.start("parquet-orc", {"prefix": "in", "page_size": 3}, instance_id="a")
    environment.settle()

    assert (run.result.pages, run.result.converted, run.result.rows) == (3, 8, 8 * 3)
    for name, type_ in tables.items():
        written = tmp_path / name.replace("in/", "parquet-orc/a/").replace(".parquet", ".orc")
        assert open_orc(written).schema.field("a").type == type_
