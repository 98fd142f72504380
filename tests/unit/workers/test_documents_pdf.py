import io

import pytest
from pypdf import PdfReader, PdfWriter

from documents_worker.pdf import check_pages, page_as_pdf, page_count
from durable import NonRetryable
from tests.support.samples import sample


def encrypted(password: str) -> bytes:
    file = io.BytesIO()
    writer = PdfWriter(clone_from=io.BytesIO(sample("report.pdf")))
    writer.encrypt(password, "owner", algorithm="AES-256")
    writer.write(file)
    return file.getvalue()


def without_pages() -> bytes:
    file = io.BytesIO()
    PdfWriter().write(file)
    return file.getvalue()


def test_the_pages_of_a_pdf_are_counted() -> None:
    assert page_count(sample("report.pdf")) == 5


def test_a_page_becomes_a_pdf_with_its_text() -> None:
    page = PdfReader(io.BytesIO(page_as_pdf(sample("report.pdf"), 3)))

    assert len(page.pages) == 1
    assert "page 3 of 5" in page.pages[0].extract_text()


def test_the_same_page_gives_the_same_bytes() -> None:
    assert page_as_pdf(sample("report.pdf"), 3) == page_as_pdf(sample("report.pdf"), 3)


def test_a_pdf_that_opens_without_a_password_is_read_though_encrypted() -> None:
    assert page_count(encrypted("")) == 5
    assert "page 2 of 5" in PdfReader(io.BytesIO(page_as_pdf(encrypted(""), 2))).pages[0].extract_text()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (sample("corrupt.pdf"), "it is damaged"),
        (sample("report.pdf")[:1500], "it is damaged"),
        (sample("empty.pdf"), "found an empty file of 0 bytes"),
        (b"\x00" * 100, "found an empty file of 100 bytes"),
        (sample("minutes.docx"), "found a ZIP archive"),
        (b"hello", "found a file that begins with b'hello'"),
        (encrypted("secret"), "encrypted"),
        (without_pages(), "expected a PDF with pages"),
    ],
)
def test_what_is_no_pdf_to_read_is_a_final_failure_that_says_why(data: bytes, told: str) -> None:
    with pytest.raises(NonRetryable, match=told):
        page_count(data)


@pytest.mark.parametrize("number", [0, 6, -1])
def test_a_page_that_is_not_there_is_a_final_failure(number: int) -> None:
    with pytest.raises(NonRetryable, match=rf"a page from 1 to 5; found {number}"):
        page_as_pdf(sample("report.pdf"), number)


def test_a_damaged_page_is_a_final_failure_and_the_others_can_be_had() -> None:
    damaged = sample("damaged-page.pdf")

    assert [len(page_as_pdf(damaged, number)) > 1000 for number in (1, 2, 3, 5)] == [True] * 4
    with pytest.raises(NonRetryable, match="page 4 is damaged"):
        page_as_pdf(damaged, 4)
    with pytest.raises(NonRetryable, match="page 4 is damaged"):
        check_pages(damaged)


def test_a_pdf_damaged_anywhere_is_read_or_refused_but_never_anything_else() -> None:
    whole = sample("letter.pdf")
    outcomes = set()
    for position in range(0, len(whole), 17):
        damaged = whole[:position] + b"\xfe\x00(<" + whole[position + 4 :]
        try:
            page_as_pdf(damaged, 1)
            outcomes.add("read")
        except NonRetryable:
            outcomes.add("refused")

    assert outcomes == {"read", "refused"}
