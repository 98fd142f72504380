import pytest

from contracts.documents import (
    CONVERT_TO_MARKDOWN,
    CSV,
    DELETE_OBJECTS,
    DOCX,
    HTML,
    PDF,
    XLSX,
    ConvertDocument,
    ConvertedDocument,
    DeletedObjects,
    DeleteObjects,
    DocumentReceived,
)
from durable import CloudEvent, NonRetryable
from durable.events import ActivityScheduled
from durable.status import Status
from orchestrator.sagas.document_to_markdown import document_to_markdown
from tests.support.drive import Drive, Mode


def delete(request: DeleteObjects) -> DeletedObjects:
    return DeletedObjects(count=len(request.objects))


def run(name: str, mode: Mode = Mode.LIVE, failures: int = 0, error: type[Exception] = OSError) -> Drive:
    left = [error("no")] * failures

    def convert(request: ConvertDocument) -> ConvertedDocument:
        if left:
            raise left.pop()
        return ConvertedDocument(object=request.target, size=3, characters=3)

    document = DocumentReceived(object="in/x", name=name, media_type=CSV, size=1)
    drive = Drive([document_to_markdown], {CONVERT_TO_MARKDOWN: convert, DELETE_OBJECTS: delete}, mode)
    return drive.start(document_to_markdown, document.model_dump()).finish()


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("report.csv", "report.md"),
        ("Übersicht 2026.tar.gz", "Übersicht-2026.tar.md"),
        ("C:\\docs\\a?.csv", "a.md"),
        ("../../..", "unnamed.md"),
        (".hidden", "hidden.md"),
        ("x" * 500, "x" * 80 + ".md"),
    ],
)
def test_the_markdown_is_named_after_the_document(mode: Mode, name: str, file: str) -> None:
    drive = run(name, mode)

    assert drive.status is Status.COMPLETED
    assert drive.instance.output == {"object": f"document-to-markdown/a/{file}", "size": 3, "characters": 3}


@pytest.mark.parametrize("mode", Mode)
def test_a_conversion_is_tried_five_times(mode: Mode) -> None:
    assert run("a.csv", mode, failures=4).status is Status.COMPLETED
    assert run("a.csv", mode, failures=5).status is Status.COMPENSATED


@pytest.mark.parametrize("mode", Mode)
def test_what_an_attempt_without_answer_may_have_written_is_removed(mode: Mode) -> None:
    drive = run("a.csv", mode, failures=5)

    assert drive.effects[-1] == (DELETE_OBJECTS.name, {"objects": ["document-to-markdown/a/a.md"]})


def test_each_attempt_has_its_time() -> None:
    scheduled = [event for event in run("a.csv").history if isinstance(event, ActivityScheduled)]

    assert [bool(event.start_to_close) for event in scheduled] == [True]


def test_a_final_failure_ends_it_at_once() -> None:
    drive = run("a.csv", failures=1, error=NonRetryable)

    assert drive.status is Status.FAILED
    assert len(drive.effects) == 1


@pytest.mark.parametrize("media_type", [PDF, DOCX, XLSX, HTML, CSV, "text/plain", ["x"], None])
def test_the_five_types_start_it(media_type: object) -> None:
    event = CloudEvent("1", "here", "document.received", {"media_type": media_type})

    assert document_to_markdown.starts_on == "document.received"
    assert document_to_markdown.starts_if is not None
    assert document_to_markdown.starts_if(event) is (media_type in [PDF, DOCX, XLSX, HTML, CSV])
    assert not document_to_markdown.starts_if(CloudEvent("1", "here", "document.received", None))
