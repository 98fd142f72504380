from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from dishka import Provider, Scope

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
from documents_worker.parts import parts_from
from documents_worker.reading import DocumentReader
from durable import NonRetryable
from durable.adapters.objects import objects_from
from durable.errors import ObjectNotFound
from durable.failure import Failure
from durable.objects import ObjectInfo, ObjectStore
from durable.settings import Environment
from durable.stores import ObjectStores
from tests.support.handlers import Calls, calls_to
from tests.support.samples import sample


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return objects_from(tmp_path.as_uri())


@pytest.fixture
async def calls(objects: ObjectStore) -> AsyncIterator[Calls]:
    for name in ("report.pdf", "corrupt.pdf", "empty.pdf", "damaged-page.pdf", "tides.csv"):
        await objects.put(f"in/{name}", sample(name))
    async with calls_to(worker, objects, *parts_from(Environment({})).providers) as calls:
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


class HugeStore:
    """A store whose one object is a PDF of 500 MB, made as it is read; it counts what was read."""

    def __init__(self, told: int = 500 << 20) -> None:
        self.told = told
        self.read = 0

    async def info(self, name: str) -> ObjectInfo:
        return ObjectInfo(name, self.told)

    async def stream(self, name: str) -> AsyncIterator[bytes]:
        while self.read < 500 << 20:
            self.read += 1 << 20
            yield b"%PDF-1.7\n".ljust(1 << 20, b"%")


def reader_of(store: HugeStore) -> DocumentReader:
    return DocumentReader(ObjectStores(store, {}), 8 << 20)  # type: ignore[arg-type] # It has what is read.


async def test_a_pdf_of_500_mb_is_refused_before_a_byte_of_it_is_read() -> None:
    store = HugeStore()

    with pytest.raises(NonRetryable, match="of at most 8388608 bytes, as setting DOCUMENT_BYTES_MAX says; found 'huge"):
        await reader_of(store).read("huge.pdf")

    assert store.read == 0


async def test_of_a_document_that_grew_since_no_more_than_the_limit_is_kept() -> None:
    store = HugeStore(told=10)

    with pytest.raises(NonRetryable, match="DOCUMENT_BYTES_MAX"):
        await reader_of(store).read("huge.pdf")

    assert store.read <= 9 << 20


@pytest.mark.parametrize("activity", [INSPECT_PDF, EXTRACT_PAGE, CONVERT_TO_MARKDOWN])
async def test_no_activity_takes_a_document_that_is_too_large(objects: ObjectStore, activity: Any) -> None:
    await objects.put("in/report.pdf", sample("report.pdf"))
    limited = parts_from(Environment({"DOCUMENT_BYTES_MAX": "100"})).providers
    fields = {"source": "in/report.pdf", "page": 1, "media_type": PDF, "target": "out/x"}

    async with calls_to(worker, objects, *limited) as calls:
        failure = await calls.call(activity, activity.input.model_validate(fields))

    assert isinstance(failure, Failure)
    assert not failure.retryable
    assert "of at most 100 bytes" in failure.message


async def test_a_document_may_lie_in_another_store(objects: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = objects_from((tmp_path / "other").as_uri())
    await other.put("in/tides.csv", sample("tides.csv"))
    stores = Provider(scope=Scope.APP)
    stores.provide(lambda: ObjectStores(objects, {"scans": other}), provides=ObjectStores)
    request = ConvertDocument(store="scans", source="in/tides.csv", media_type=CSV, target="out/tides.md")

    async with calls_to(worker, objects, *parts_from(Environment({})).providers, stores) as calls:
        converted = await calls.call(CONVERT_TO_MARKDOWN, request)

    assert converted.object == "out/tides.md"
    assert b"Valpara" in await objects.get("out/tides.md")
