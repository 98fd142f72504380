from collections.abc import Callable
from typing import Any

import pytest

from contracts.documents import (
    DELETE_OBJECTS,
    EXTRACT_PAGE,
    INSPECT_PDF,
    PDF,
    DeletedObjects,
    DeleteObjects,
    DocumentReceived,
    ExtractPage,
    PdfInfo,
    PdfSource,
    WrittenObject,
)
from durable import CloudEvent, NonRetryable
from durable.events import ActivityScheduled, SagaRejected
from durable.status import Status
from orchestrator.sagas.split_pdf import PAGES_AT_ONCE, PAGES_MAX, split_pdf
from tests.support.drive import Drive, Mode
from tests.support.in_flight import most_in_flight

DOCUMENT = DocumentReceived(object="in/a.pdf", name="a.pdf", media_type=PDF, size=1).model_dump()


class Pages:
    """A worker that remembers which pages lie in the store."""

    def __init__(self, pages: int, damaged: int | None = None) -> None:
        self.pages = pages
        self.stored: set[str] = set()
        self._damaged = damaged
        self._faults: list[Exception] = []

    def inspect(self, request: PdfSource) -> PdfInfo:
        if self.pages < 0:
            raise NonRetryable("it is damaged")
        return PdfInfo(pages=self.pages)

    def extract(self, request: ExtractPage) -> WrittenObject:
        if request.page == self._damaged:
            raise NonRetryable(f"page {request.page} is damaged")
        self.stored.add(request.target)
        return WrittenObject(object=request.target, size=request.page)

    def delete(self, request: DeleteObjects) -> DeletedObjects:
        self.stored -= set(request.objects)
        return DeletedObjects(count=len(request.objects))

    def run(self, mode: Mode = Mode.LIVE) -> Drive:
        handlers: dict[Any, Callable[[Any], Any]] = {
            INSPECT_PDF: self.inspect,
            EXTRACT_PAGE: self.extract,
            DELETE_OBJECTS: self.delete,
        }
        return Drive([split_pdf], handlers, mode).start(split_pdf, DOCUMENT).finish()


@pytest.mark.parametrize("mode", Mode)
def test_each_page_becomes_a_file_under_the_name_of_the_instance(mode: Mode) -> None:
    pages = Pages(20)

    drive = pages.run(mode)

    names = [f"split-pdf/a/page-{page:04d}.pdf" for page in range(1, 21)]
    assert drive.status is Status.COMPLETED
    assert drive.instance.output == {
        "pages": 20,
        "outputs": [{"object": name, "size": page} for page, name in enumerate(names, start=1)],
    }
    assert pages.stored == set(names)


@pytest.mark.parametrize("mode", Mode)
def test_if_a_page_is_damaged_no_page_is_left_behind(mode: Mode) -> None:
    pages = Pages(5, damaged=4)

    drive = pages.run(mode)

    assert drive.status is Status.COMPENSATED
    assert pages.stored == set()
    assert len([name for name, _ in drive.effects if name == EXTRACT_PAGE.name]) >= 4


def test_pages_are_extracted_so_many_at_a_time() -> None:
    assert most_in_flight(Pages(30).run().history) == PAGES_AT_ONCE


@pytest.mark.parametrize("pages", [-1, PAGES_MAX + 1])
def test_a_pdf_that_cannot_be_split_fails_and_nothing_is_undone(pages: int) -> None:
    drive = Pages(pages).run()

    assert drive.status is Status.FAILED
    assert [name for name, _ in drive.effects] == [INSPECT_PDF.name]


@pytest.mark.parametrize(
    ("data", "starts"),
    [
        (DOCUMENT, True),
        ({**DOCUMENT, "media_type": "text/csv"}, False),
        ({**DOCUMENT, "media_type": ["x"]}, False),
        (None, False),
    ],
)
def test_only_a_pdf_starts_it(data: object, starts: bool) -> None:  # noqa: FBT001  A row of the table.
    assert split_pdf.starts_on == "document.received"
    assert split_pdf.starts_if is not None
    assert split_pdf.starts_if(CloudEvent("1", "here", "document.received", data)) is starts


def test_a_name_that_no_object_can_have_is_rejected_with_every_other_reason() -> None:
    drive = Drive([split_pdf], {}).start(split_pdf, {**DOCUMENT, "object": "../a.pdf", "size": -1}).finish()

    assert drive.status is Status.REJECTED
    (rejected,) = (event for event in drive.history if isinstance(event, SagaRejected))
    assert [place for place, _ in rejected.reasons] == ["object", "size"]


def test_each_attempt_has_its_time() -> None:
    scheduled = [event for event in Pages(2).run().history if isinstance(event, ActivityScheduled)]

    assert {event.name for event in scheduled} == {INSPECT_PDF.name, EXTRACT_PAGE.name}
    assert all(event.start_to_close for event in scheduled)
