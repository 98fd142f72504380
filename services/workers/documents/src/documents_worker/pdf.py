"""Reading PDFs without believing them: what can't be read is a final failure that says what and where.

1. `pypdf` repairs what it can and says nothing where it can't, so the content of a page is decompressed here first: a
   page that would come out empty is damaged, not empty.
2. A PDF that opens without a password counts as open, even if its owner has restricted it.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import ArrayObject, StreamObject

from documents_worker.content import check_pdf_header
from documents_worker.faults import telling
from durable import NonRetryable

_RAW_DEFLATE = -15
_STEP_BYTES = 1 << 20


def page_count(data: bytes) -> int:
    """Count the pages.

    Raises:
        NonRetryable: it is no PDF, or damaged, encrypted or without pages.
    """
    return len(open_pdf(data).pages)


def page_as_pdf(data: bytes, number: int) -> bytes:
    """Give one page, counted from 1, as a PDF.

    Raises:
        NonRetryable: as `page_count`, or there is no such page, or it is damaged.
    """
    pages = open_pdf(data).pages
    if not 1 <= number <= len(pages):
        raise NonRetryable(f"expected a page from 1 to {len(pages)}; found {number}")
    check_page(pages[number - 1], number)
    written = io.BytesIO()
    with telling(f"page {number} is damaged"), PdfWriter() as writer:
        writer.add_page(pages[number - 1])
        writer.write(written)
    return written.getvalue()


def check_pages(data: bytes) -> None:
    """Require a PDF of which each page can be read.

    Raises:
        NonRetryable: it is not; names the first page that is damaged.
    """
    for number, page in enumerate(open_pdf(data).pages, start=1):
        check_page(page, number)


def open_pdf(data: bytes) -> PdfReader:
    """Open a PDF that has pages.

    Raises:
        NonRetryable: it is no PDF, or damaged, encrypted or without pages.
    """
    check_pdf_header(data)
    with telling("expected a PDF; it is damaged"):
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise NonRetryable("expected a PDF that opens without a password; found one that is encrypted")
        pages = len(reader.pages)
    if pages == 0:
        raise NonRetryable("expected a PDF with pages; found none")
    return reader


def check_page(page: PageObject, number: int) -> None:
    """Require that the content of a page can be read.

    Raises:
        NonRetryable: it is damaged.
    """
    with telling(f"page {number} is damaged, its content can't be decoded"):
        for stream in _content_streams(page):
            if stream.get("/Filter") in ("/FlateDecode", ["/FlateDecode"]):
                _check_deflated(stream)
            stream.get_data()


def _content_streams(page: PageObject) -> Iterator[StreamObject]:
    contents = page.get("/Contents")
    contents = contents.get_object() if contents is not None else None
    for content in contents if isinstance(contents, ArrayObject) else [contents]:
        stream = content.get_object() if content is not None else None
        if isinstance(stream, StreamObject):
            yield stream


def _check_deflated(stream: StreamObject) -> None:
    written = io.BytesIO()
    stream.write_to_stream(written)
    raw = written.getvalue().partition(b"stream\n")[2].removesuffix(b"\nendstream")
    # Without header and checksum: some producers get the checksum wrong, and every viewer forgives it.
    rest, decompressor = raw[2:], zlib.decompressobj(_RAW_DEFLATE)
    while rest and not decompressor.eof:
        decompressor.decompress(rest, _STEP_BYTES)
        rest = decompressor.unconsumed_tail
    if raw and not decompressor.eof:
        raise ValueError("the compressed data ends too early")
