from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

import orchestrator.sagas
from contracts.catalogue import CATALOGUE
from contracts.documents import (
    CONVERT_TO_MARKDOWN,
    DELETE_OBJECTS,
    EXTRACT_PAGE,
    INSPECT_PDF,
    PDF,
    ConvertDocument,
    ConvertedDocument,
    DeletedObjects,
    DeleteObjects,
    DocumentReceived,
    ExtractPage,
    PdfInfo,
    PdfSource,
    WrittenObject,
)
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
from documents_worker.markdown import markdown_of
from documents_worker.pdf import page_as_pdf, page_count
from durable import CloudEvent, Saga
from orchestrator.sagas import document_to_markdown, json_to_parquet, split_pdf
from samples.generate import FILES as GENERATED
from stack.demo.publishing import filled
from tabular_worker.parquet import convert, read_back
from tests.support.drive import Drive
from tests.support.samples import FILES, sample

EXPECTED = orjson.loads((FILES.parent / "expected.json").read_bytes())
TAKEN = [entry for entry in EXPECTED["documents"] if "sagas" in entry]
SAGAS = {saga.name: saga for saga in (document_to_markdown, json_to_parquet, split_pdf)}


class Workers:
    """What the workers do, over a folder instead of an object store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def written(self) -> list[str]:
        return sorted(path.name for path in self.folder.rglob("*") if path.is_file())

    def put(self, name: str, data: bytes) -> WrittenObject:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return WrittenObject(object=name, size=len(data))

    def inspect(self, request: PdfSource) -> PdfInfo:
        return PdfInfo(pages=page_count(sample(request.source)))

    def extract(self, request: ExtractPage) -> WrittenObject:
        return self.put(request.target, page_as_pdf(sample(request.source), request.page))

    def delete(self, request: DeleteObjects) -> DeletedObjects:
        for name in request.objects:
            (self.folder / name).unlink(missing_ok=True)
        return DeletedObjects(count=len(request.objects))

    def markdown(self, request: ConvertDocument) -> ConvertedDocument:
        markdown = markdown_of(sample(request.source), request.media_type)
        written = self.put(request.target, markdown.encode())
        return ConvertedDocument(object=written.object, size=written.size, characters=len(markdown))

    def parquet(self, request: ConvertRows) -> WrittenTable:
        self.put(request.target, b"")
        table = convert(FILES / request.source, self.folder / request.target)
        return WrittenTable(object=request.target, size=1, rows=table.rows, columns=list(table.columns))

    def check(self, request: CheckTable) -> CheckedTable:
        found = read_back(self.folder / request.object)
        assert (found.rows, list(found.columns)) == (request.rows, request.columns)
        return CheckedTable(object=request.object, rows=found.rows)

    def delete_table(self, request: WrittenTable) -> WrittenTable:
        (self.folder / request.object).unlink(missing_ok=True)
        return request

    def run(self, saga: str, data: object) -> Drive:
        handlers: dict[Any, Callable[[Any], Any]] = {
            INSPECT_PDF: self.inspect,
            EXTRACT_PAGE: self.extract,
            DELETE_OBJECTS: self.delete,
            CONVERT_TO_MARKDOWN: self.markdown,
            ROWS_TO_PARQUET: self.parquet,
            CHECK_PARQUET: self.check,
            DELETE_TABLE: self.delete_table,
        }
        return Drive([SAGAS[saga]], handlers).start(SAGAS[saga], data).finish()


def document_of(entry: dict[str, Any]) -> dict[str, object]:
    file = entry["file"]
    received = DocumentReceived(object=file, name=file, media_type=entry["media_type"], size=len(sample(file)))
    return received.model_dump()


@pytest.mark.parametrize("entry", TAKEN, ids=lambda entry: entry["file"])
def test_a_document_starts_the_sagas_that_are_expected(entry: dict[str, Any]) -> None:
    event = CloudEvent("1", "here", "document.received", document_of(entry))
    started = [
        saga.name
        for saga in SAGAS.values()
        if saga.starts_on == event.type and saga.starts_if and saga.starts_if(event)
    ]

    assert sorted(started) == sorted(entry["sagas"])


@pytest.mark.parametrize(
    ("entry", "saga", "status"),
    [
        pytest.param(entry, saga, status, id=f"{entry['file']}-{saga}")
        for entry in TAKEN
        for saga, status in entry["sagas"].items()
    ],
)
def test_a_document_ends_as_expected(tmp_path: Path, entry: dict[str, Any], saga: str, status: str) -> None:
    workers = Workers(tmp_path)

    drive = workers.run(saga, document_of(entry))

    assert drive.status.value == status
    assert bool(workers.written) is (status == "Completed")


@pytest.mark.parametrize("entry", EXPECTED["rows"], ids=lambda entry: "-".join(entry["files"]))
def test_rows_end_as_expected(tmp_path: Path, entry: dict[str, Any]) -> None:
    workers = Workers(tmp_path)

    drive = workers.run(entry["saga"], RowsReceived(objects=entry["files"]).model_dump())

    assert drive.status.value == entry["status"]
    assert len(workers.written) == (len(entry["files"]) if entry["status"] == "Completed" else 0)


def test_every_shipped_saga_is_shown_by_a_sample() -> None:
    shown = {saga for entry in TAKEN for saga in entry["sagas"]}
    shown |= {entry["saga"] for entry in (*EXPECTED["rows"], *EXPECTED["events"]) if "saga" in entry}
    shown |= {"invoice-data-extraction"}  # Of invoices/expected.json.

    assert {saga.name for saga in vars(orchestrator.sagas).values() if isinstance(saga, Saga)} <= shown


def test_an_event_that_the_ingestor_should_take_is_valid_and_no_other() -> None:
    for entry in EXPECTED["events"]:
        document = {"media_type": PDF, "size": 1}
        stored = {name: {**document, "object": f"up/{name}", "name": name} for name in entry.get("files", ())}
        is_valid = "refused" not in entry and not entry.get("past_ingestor")
        with nullcontext() if is_valid else pytest.raises(ValidationError):
            CATALOGUE[entry["type"]].model_validate(filled(entry["data"], stored))


def test_every_sample_file_is_generated_and_expected() -> None:
    named = {entry["file"] for entry in EXPECTED["documents"]} | {
        file for entry in (*EXPECTED["rows"], *EXPECTED["events"]) for file in entry.get("files", ())
    }

    assert named == set(GENERATED) == {path.name for path in FILES.iterdir()}


@pytest.mark.parametrize("name", GENERATED)
def test_a_sample_is_the_same_each_time_it_is_made(name: str) -> None:
    assert GENERATED[name]() == GENERATED[name]()
