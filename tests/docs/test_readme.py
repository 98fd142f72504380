import re
from pathlib import Path
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
    WrittenObject,
)
from durable import NonRetryable
from durable.adapters.memory import MemoryObjects
from durable.status import Status
from durable.worker.threads import Threads
from tests.docs.readme_saga import split
from tests.docs.readme_worker import extract_page, worker
from tests.support.drive import Drive
from tests.support.samples import sample

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DOCUMENT = DocumentReceived(object="in/a.pdf", name="a.pdf", media_type=PDF, size=1).model_dump()


def driven(damaged: int | None = None) -> tuple[Drive, set[str]]:
    stored: set[str] = set()

    def extract(request: ExtractPage) -> WrittenObject:
        if request.page == damaged:
            raise NonRetryable("it is damaged")
        stored.add(request.target)
        return WrittenObject(object=request.target, size=1)

    def delete(request: DeleteObjects) -> DeletedObjects:
        stored.difference_update(request.objects)
        return DeletedObjects(count=len(request.objects))

    handlers: dict[Any, Any] = {
        INSPECT_PDF: lambda _: PdfInfo(pages=3),
        EXTRACT_PAGE: extract,
        DELETE_OBJECTS: delete,
    }
    return Drive([split], handlers).start(split, DOCUMENT).finish(), stored


def test_the_readme_shows_the_code_that_these_tests_run() -> None:
    shown = BLOCK.findall((ROOT / "README.md").read_text())

    assert shown == [(HERE / name).read_text() for name in ("readme_saga.py", "readme_worker.py")]


def test_its_saga_has_at_most_25_lines() -> None:
    assert len((HERE / "readme_saga.py").read_text().splitlines()) <= 25


def test_its_saga_writes_each_page() -> None:
    drive, stored = driven()

    assert drive.status is Status.COMPLETED
    assert stored == {f"split/a/{page}.pdf" for page in (1, 2, 3)}


def test_its_saga_leaves_nothing_behind_if_a_page_fails() -> None:
    drive, stored = driven(damaged=2)

    assert drive.status is Status.COMPENSATED
    assert stored == set()


async def test_its_worker_writes_a_page() -> None:
    objects = MemoryObjects()
    await objects.put("in/report.pdf", sample("report.pdf"))

    request = ExtractPage(source="in/report.pdf", page=1, target="out/1.pdf")
    threads = Threads(1)
    written = await extract_page(request, objects, threads)
    threads.close()

    assert (await objects.get("out/1.pdf")).startswith(b"%PDF-")
    assert written.size > 0
    assert set(worker.handlers) == {EXTRACT_PAGE.name}


@pytest.mark.parametrize("word", ["make run", "make test", "make up", "make down", "make help"])
def test_a_command_that_it_names_is_a_target(word: str) -> None:
    assert word in (ROOT / "README.md").read_text()
    assert re.search(rf"^{word.removeprefix('make ')}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
