from collections.abc import Callable
from typing import Any

import orjson
import pytest

from contracts.documents import CONVERT_TO_MARKDOWN, ConvertDocument, ConvertedDocument
from contracts.invoices import EXTRACT_INVOICE, ExtractInvoice, InvalidInvoice, Invoice
from contracts.storage import (
    DELETE_LOCATIONS,
    FIND_OBJECT,
    WRITE_TEXT,
    DeletedLocations,
    DeleteLocations,
    FindObject,
    FoundObject,
    StoredObject,
    WriteText,
)
from contracts.tables import DELETE_ENTITY, WRITE_ENTITY, EntityKey, TableEntity
from durable import NonRetryable
from durable.events import SagaRejected
from durable.failure import Failure
from durable.status import Status
from orchestrator.sagas.invoice_data_extraction import invoice_data_extraction
from samples.invoice_data import CHANDLER
from tests.support.drive import Drive, Mode

TENANT = "5f0c1a52-8f5e-4f0e-9d57-6a1a52c1d001"
SECRET = "Mooring rope"  # Stands in the document; as a line of the invoice it may stand in the history.
REQUEST = {"tenant_id": TENANT, "source": {"store": "scans", "name": "in/July 4.pdf"}, "media_type": "application/pdf"}
FOLDER = "invoice-data-extraction/a"


class Workers:
    """The documents, language and storage workers; `broken` is the activity that fails for good, after its write."""

    def __init__(self, broken: str = "", error: Exception | None = None, stored: tuple[tuple[str, str], ...] = ()):
        self.objects: dict[tuple[str, str], str] = dict.fromkeys(stored, "old")
        self.entities: dict[tuple[str, str, str], TableEntity] = {}
        self.asked: list[Any] = []
        self._broken, self._error = broken, error or NonRetryable("no")

    def _fail(self, name: str) -> None:
        if name == self._broken:
            raise self._error

    def convert(self, request: ConvertDocument) -> ConvertedDocument:
        self.asked.append(request)
        self.objects["main", request.target] = "markdown"
        self._fail(CONVERT_TO_MARKDOWN.name)
        return ConvertedDocument(object=request.target, size=8, characters=8)

    def extract(self, request: ExtractInvoice) -> Invoice:
        assert (request.source.store, request.source.name) in self.objects
        self._fail(EXTRACT_INVOICE.name)
        return Invoice.model_validate(CHANDLER)

    def write_entity(self, entity: TableEntity) -> EntityKey:
        self.entities[entity.table, entity.partition_key, entity.row_key] = entity
        self._fail(WRITE_ENTITY.name)
        return EntityKey(table=entity.table, partition_key=entity.partition_key, row_key=entity.row_key)

    def delete_entity(self, key: EntityKey) -> EntityKey:
        self.entities.pop((key.table, key.partition_key, key.row_key), None)
        return key

    def find(self, request: FindObject) -> FoundObject:
        return FoundObject(size=3 if (request.object.store, request.object.name) in self.objects else None)

    def write_text(self, request: WriteText) -> StoredObject:
        if self._broken == "before the write":
            raise self._error
        self.objects[request.target.store, request.target.name] = request.text
        self._fail(WRITE_TEXT.name)
        return StoredObject(object=request.target, size=len(request.text), sha256="0" * 64)

    def delete(self, request: DeleteLocations) -> DeletedLocations:
        for location in request.objects:
            self.objects.pop((location.store, location.name), None)
        return DeletedLocations(count=len(request.objects))

    def run(self, data: object = REQUEST, mode: Mode = Mode.LIVE) -> Drive:
        handlers: dict[Any, Callable[[Any], Any]] = {
            CONVERT_TO_MARKDOWN: self.convert,
            EXTRACT_INVOICE: self.extract,
            WRITE_ENTITY: self.write_entity,
            DELETE_ENTITY: self.delete_entity,
            FIND_OBJECT: self.find,
            WRITE_TEXT: self.write_text,
            DELETE_LOCATIONS: self.delete,
        }
        return Drive([invoice_data_extraction], handlers, mode).start(invoice_data_extraction, data).finish()


@pytest.mark.parametrize("mode", Mode)
def test_the_invoice_is_stored_as_an_entity_of_its_tenant_and_as_json(mode: Mode) -> None:
    workers = Workers()

    drive = workers.run(mode=mode)

    assert drive.status is Status.COMPLETED
    assert set(workers.objects) == {("main", f"{FOLDER}/July-4.md"), ("main", f"{FOLDER}/July-4.json")}
    (entity,) = workers.entities.values()
    assert (entity.table, entity.partition_key, entity.row_key) == ("invoices", TENANT, "a")
    assert (entity.properties["number"], entity.properties["total"]) == ("INV-2026-0042", "2789.93")


def test_the_json_holds_the_invoice_its_tenant_and_its_document() -> None:
    workers = Workers()

    workers.run()

    record = orjson.loads(workers.objects["main", f"{FOLDER}/July-4.json"])
    assert Invoice.model_validate(record["invoice"]) == Invoice.model_validate(CHANDLER)
    assert (record["tenant_id"], record["source"]) == (TENANT, REQUEST["source"])


def test_the_document_is_read_from_its_store_and_the_json_goes_where_it_is_asked_to_go() -> None:
    workers = Workers()

    drive = workers.run({**REQUEST, "target": {"store": "archive", "name": "2026/july.json"}})

    (asked,) = workers.asked
    assert (asked.store, asked.source) == ("scans", "in/July 4.pdf")
    assert ("archive", "2026/july.json") in workers.objects
    assert drive.instance.output["object"] == {"store": "archive", "name": "2026/july.json"}  # type: ignore[index]


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("broken", [CONVERT_TO_MARKDOWN, EXTRACT_INVOICE, WRITE_ENTITY, WRITE_TEXT])
def test_whatever_fails_nothing_is_left_of_it(mode: Mode, broken: Any) -> None:
    workers = Workers(broken.name)

    drive = workers.run(mode=mode)

    assert drive.status is Status.COMPENSATED
    assert workers.objects == {}
    assert workers.entities == {}


def test_an_invalid_invoice_ends_it_at_once_with_every_reason() -> None:
    workers = Workers(EXTRACT_INVOICE.name, InvalidInvoice(["number: none", "total: expected 2.00; found 3.00"]))

    drive = workers.run()

    failure = drive.instance.failure
    assert isinstance(failure, Failure)
    assert drive.status is Status.COMPENSATED
    assert [name for name, _ in drive.effects].count(EXTRACT_INVOICE.name) == 1
    assert "number: none; total: expected 2.00; found 3.00" in failure.message


def test_what_lay_at_the_target_before_stays_if_it_was_not_written_over() -> None:
    target = ("archive", "july.json")
    workers = Workers("before the write", stored=(target,))

    workers.run({**REQUEST, "target": {"store": "archive", "name": "july.json"}})

    assert workers.objects == {target: "old"}


def test_a_provider_that_is_busy_is_asked_again() -> None:
    left = [OSError("busy")] * 7
    workers = Workers()
    extract = workers.extract

    def busy(request: ExtractInvoice) -> Invoice:
        if left:
            raise left.pop()
        return extract(request)

    workers.extract = busy  # type: ignore[method-assign] # A provider that is busy at first.

    assert workers.run().status is Status.COMPLETED


def test_input_that_is_not_valid_is_rejected_with_every_reason() -> None:
    drive = Workers().run({"tenant_id": "nobody", "source": {"name": "../x"}, "media_type": "?"})

    (rejected,) = drive.of(SagaRejected)
    assert drive.status is Status.REJECTED
    assert [place for place, _ in rejected.reasons] == ["tenant_id", "source.name", "media_type"]
    assert drive.effects == []


def test_it_starts_on_each_invoice_that_is_received() -> None:
    assert invoice_data_extraction.starts_on == "invoice.received"
    assert invoice_data_extraction.starts_if is None
