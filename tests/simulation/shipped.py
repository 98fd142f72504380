"""The shipped sagas under every crash point: whatever goes wrong, they end as they do when nothing does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

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
from durable import NonRetryable, Saga
from durable.testing import Fault, Outcome, Report, explore
from orchestrator.sagas.copy_blob import copy_blob
from orchestrator.sagas.document_to_markdown import document_to_markdown
from orchestrator.sagas.embed_text import embed_text
from orchestrator.sagas.invoice_data_extraction import invoice_data_extraction
from orchestrator.sagas.json_to_parquet import json_to_parquet
from orchestrator.sagas.parquet_orc import parquet_orc
from orchestrator.sagas.secret_to_blob import secret_to_blob
from orchestrator.sagas.split_pdf import split_pdf
from orchestrator.sagas.text_analytics import text_analytics
from tests.simulation.copies import CHANGED, COPIED, COPY
from tests.simulation.invoices import INVOICE, READ, REFUSED
from tests.simulation.sealing import SEALED, requested
from tests.simulation.tables_of_a_folder import ONE_DAMAGED, ONE_GONE, TABLES
from tests.simulation.texts import EMBEDDED, NOT_WRITTEN, TEXT, TEXTS, WRITTEN

DOCUMENT = DocumentReceived(object="in/a.pdf", name="a.pdf", media_type=PDF, size=1)
ROWS = RowsReceived(objects=["in/a.jsonl", "in/b.jsonl"])
PAGES = 3


@dataclass(frozen=True)
class Shipped:
    """A saga, its input, its handlers, the status that it ends with, and the sagas that it calls."""

    saga: Saga[Any, Any]
    input: object
    handlers: Mapping[Any, Callable[[Any], Any]]
    status: str
    children: tuple[Saga[Any, Any], ...] = ()


def _extract(request: ExtractPage) -> WrittenObject:
    return WrittenObject(object=request.target, size=request.page)


def _extract_most(request: ExtractPage) -> WrittenObject:
    if request.page == PAGES:
        raise NonRetryable("it is damaged")
    return _extract(request)


def _convert(request: ConvertDocument) -> ConvertedDocument:
    return ConvertedDocument(object=request.target, size=1, characters=1)


def _write(request: ConvertRows) -> WrittenTable:
    return WrittenTable(object=request.target, size=1, rows=2, columns=["a"])


def _check(request: CheckTable) -> CheckedTable:
    return CheckedTable(object=request.object, rows=request.rows)


def _check_nothing(request: CheckTable) -> CheckedTable:
    raise NonRetryable(f"{request.object} does not hold what it should")


def _pdf(extract: Callable[[ExtractPage], WrittenObject]) -> dict[Any, Callable[[Any], Any]]:
    def delete(request: DeleteObjects) -> DeletedObjects:
        return DeletedObjects(count=len(request.objects))

    return {INSPECT_PDF: lambda _: PdfInfo(pages=PAGES), EXTRACT_PAGE: extract, DELETE_OBJECTS: delete}


def _rows(check: Callable[[CheckTable], CheckedTable]) -> dict[Any, Callable[[Any], Any]]:
    return {ROWS_TO_PARQUET: _write, CHECK_PARQUET: check, DELETE_TABLE: lambda table: table}


SHIPPED: Mapping[str, Shipped] = {
    "copy-blob": Shipped(copy_blob, COPY, COPIED, "Completed"),
    "copy-blob of an object that changes": Shipped(copy_blob, COPY, CHANGED, "Compensated"),
    "secret-to-blob": Shipped(
        secret_to_blob, requested(DOCUMENT), {**SEALED, **_pdf(_extract)}, "Completed", (split_pdf,)
    ),
    "secret-to-blob with a damaged file": Shipped(
        secret_to_blob, requested(DOCUMENT), {**SEALED, **_pdf(_extract_most)}, "Compensated", (split_pdf,)
    ),
    "split-pdf": Shipped(split_pdf, DOCUMENT, _pdf(_extract), "Completed"),
    "split-pdf of a damaged file": Shipped(split_pdf, DOCUMENT, _pdf(_extract_most), "Compensated"),
    "document-to-markdown": Shipped(document_to_markdown, DOCUMENT, {CONVERT_TO_MARKDOWN: _convert}, "Completed"),
    "json-to-parquet": Shipped(json_to_parquet, ROWS, _rows(_check), "Completed"),
    "json-to-parquet of wrong tables": Shipped(json_to_parquet, ROWS, _rows(_check_nothing), "Compensated"),
    "text-analytics": Shipped(text_analytics, TEXTS, WRITTEN, "Completed"),
    "text-analytics to a store that is not there": Shipped(text_analytics, TEXTS, NOT_WRITTEN, "Compensated"),
    "embed-text": Shipped(embed_text, TEXT, EMBEDDED, "Completed"),
    "invoice-data-extraction": Shipped(invoice_data_extraction, INVOICE, READ, "Completed"),
    "invoice-data-extraction of no invoice": Shipped(invoice_data_extraction, INVOICE, REFUSED, "Compensated"),
    "parquet-orc": Shipped(parquet_orc, TABLES, ONE_GONE, "Completed"),
    "parquet-orc of a damaged table": Shipped(parquet_orc, TABLES, ONE_DAMAGED, "Compensated"),
}


def explore_shipped(name: str, faults: Iterable[Fault] = Fault, *, pairs: int = 100, seeds: int = 100) -> Report:
    """Explore one of them.

    Raises:
        ExplorationFailed: it ended otherwise, or a built-in invariant was broken.
    """
    shipped = SHIPPED[name]
    results: list[object] = []

    def ends_as_ever(outcome: Outcome) -> None:
        results.append(outcome.result)
        assert outcome.status == shipped.status, f"expected {shipped.status}; found {outcome.status}"
        assert outcome.result == results[0], f"expected {results[0]}; found {outcome.result}"

    return explore(
        shipped.saga,
        shipped.input,
        handlers=shipped.handlers,
        invariants=[ends_as_ever],
        faults=faults,
        sagas=shipped.children,
        pairs=pairs,
        seeds=seeds,
    )
