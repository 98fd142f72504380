from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.documents import (
    CONVERT_TO_MARKDOWN,
    CSV,
    DELETE_OBJECTS,
    EXTRACT_PAGE,
    INSPECT_PDF,
    PDF,
    ConvertDocument,
    DeletedObjects,
    DeleteObjects,
    ExtractPage,
    PdfInfo,
    PdfSource,
    WrittenObject,
)
from documents_worker.handlers import worker
from durable.adapters.objects import objects_from
from durable.errors import ObjectNotFound
from durable.failure import Failure
from durable.objects import ObjectStore
from tests.support.handlers import Calls, calls_to
from tests.support.samples import sample


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return objects_from(tmp_path.as_uri())


@pytest.fixture
async def calls(objects: ObjectStore) -> AsyncIterator[Calls]:
    for name in ("report.pdf", "corrupt.pdf", "empty.pdf", "damaged-page.pdf", "tides.csv"):
        await objects.put(f"in/{name}", sample(name))
    async with calls_to(worker, objects) as calls:
        yield calls


async def test_a_pdf_is_inspected(calls: Calls) -> None:
    assert await calls.call(INSPECT_PDF, PdfSource(source="in/report.pdf")) == PdfInfo(pages=5)


async def test_a_page_is_written_and_written_again_without_harm(calls: Calls, objects: ObjectStore) -> None:
    request = ExtractPage(source="in/report.pdf", page=2, target="out/page-2.pdf")

    first = await calls.call(EXTRACT_PAGE, request)
    second = await calls.call(EXTRACT_PAGE, request)

    assert first == second == WrittenObject(object="out/page-2.pdf", size=len(await objects.get("out/page-2.pdf")))


async def test_objects_are_deleted_also_those_that_are_not_there(calls: Calls, objects: ObjectStore) -> None:
    request = DeleteObjects(objects=["in/report.pdf", "in/none.pdf"])

    assert await calls.call(DELETE_OBJECTS, request) == DeletedObjects(count=2)
    assert await calls.call(DELETE_OBJECTS, request) == DeletedObjects(count=2)
    with pytest.raises(ObjectNotFound):
        await objects.get("in/report.pdf")


async def test_a_document_is_written_as_markdown(calls: Calls, objects: ObjectStore) -> None:
    request = ConvertDocument(source="in/tides.csv", media_type=CSV, target="out/tides.md")

    converted = await calls.call(CONVERT_TO_MARKDOWN, request)

    written = await objects.get("out/tides.md")
    assert (converted.object, converted.size) == ("out/tides.md", len(written))
    assert converted.characters == len(written.decode())
    assert "| Łódź | 2 | 1.4 |" in written.decode()


@pytest.mark.parametrize(
    ("activity", "input", "told"),
    [
        (INSPECT_PDF, PdfSource(source="in/corrupt.pdf"), "it is damaged"),
        (INSPECT_PDF, PdfSource(source="in/empty.pdf"), "an empty file"),
        (INSPECT_PDF, PdfSource(source="in/tides.csv"), "expected a PDF, which begins with"),
        (INSPECT_PDF, PdfSource(source="in/none.pdf"), "none.pdf"),
        (INSPECT_PDF, PdfSource(source="../secret.pdf"), "expected an object name"),
        (EXTRACT_PAGE, ExtractPage(source="in/damaged-page.pdf", page=4, target="out/4.pdf"), "page 4 is damaged"),
        (EXTRACT_PAGE, ExtractPage(source="in/report.pdf", page=9, target="out/9.pdf"), "found 9"),
        (CONVERT_TO_MARKDOWN, ConvertDocument(source="in/tides.csv", media_type=PDF, target="a"), "expected a PDF"),
        (DELETE_OBJECTS, DeleteObjects(objects=["a/../b"]), "expected an object name"),
    ],
)
async def test_bad_input_fails_for_good_and_writes_nothing(
    calls: Calls, objects: ObjectStore, activity: object, input: object, told: str
) -> None:
    failure = await calls.call(activity, input)  # type: ignore[arg-type]

    assert isinstance(failure, Failure)
    assert not failure.retryable
    assert told in failure.message
    assert [found async for found in objects.list("out")] == []
