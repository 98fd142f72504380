"""Documents as Markdown, by the converters of `markitdown`, which take garbage without complaint.

1. A document is checked before it is converted, and its Markdown after: no text found is a failure, not an empty file.
2. Only the converters of the six types are used, each by name: nothing guesses, nothing is loaded from elsewhere.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import BinaryIO, Protocol

from markitdown import DocumentConverterResult, StreamInfo
from markitdown.converters import CsvConverter, DocxConverter, HtmlConverter, PdfConverter, XlsxConverter

from contracts.documents import CSV, DOCX, EML, HTML, PDF, XLSX
from documents_worker.content import check_office, text_of
from documents_worker.faults import telling
from documents_worker.mail import MailConverter, check_mail
from documents_worker.pdf import check_pages
from durable import NonRetryable

_SCANS = "DOCUMENTS_PROVIDER=azure reads them"
_ADDRESS = re.compile(r"\]\([^)]*\)")


class _Converter(Protocol):
    def convert(self, stream: BinaryIO, info: StreamInfo, /) -> DocumentConverterResult: ...


@dataclass(frozen=True, slots=True)
class _Kind:
    """A type of document: how to check it, which gives the bytes to convert, and what makes their converter."""

    checked: Callable[[bytes, str], bytes]
    converter: Callable[[], _Converter]


def markdown_of(data: bytes, media_type: str) -> str:
    """Convert a document.

    Raises:
        NonRetryable: the type is none of the six, the document is not of it or damaged, or it holds no text.
    """
    kind = _kind_of(media_type)
    checked = kind.checked(data, media_type)
    info = StreamInfo(mimetype=media_type, charset="utf-8")
    with telling(f"expected {media_type}; it could not be converted"):
        markdown: str = kind.converter().convert(io.BytesIO(checked), info).markdown
    if not _has_text(markdown, media_type):
        why = f"; its pages may be images, as scanned ones are: {_SCANS}" if media_type == PDF else ""
        raise NonRetryable(f"expected text in the document of type {media_type}; found none{why}")
    return markdown.strip() + "\n"


def check_document(data: bytes, media_type: str) -> None:
    """Require one of the types of `markdown_of`, and a document of it that is not damaged.

    Raises:
        NonRetryable: it is none.
    """
    _kind_of(media_type).checked(data, media_type)


def _kind_of(media_type: str) -> _Kind:
    kind = _KINDS.get(media_type)
    if kind is None:
        why = f"; {_SCANS}" if media_type.startswith("image/") else ""
        raise NonRetryable(f"expected one of {', '.join(_KINDS)}; found a document of type {media_type!r}{why}")
    return kind


def _has_text(markdown: str, media_type: str) -> bool:
    # The headings of a workbook are the names of its sheets, which even an empty one has.
    lines = (
        _ADDRESS.sub("", line) for line in markdown.splitlines() if not (media_type == XLSX and line.startswith("## "))
    )
    return any(character.isalnum() for line in lines for character in line)


def _pdf(data: bytes, _: str) -> bytes:
    check_pages(data)
    return data


def _office(data: bytes, media_type: str) -> bytes:
    check_office(data, media_type)
    return data


def _text(data: bytes, media_type: str) -> bytes:
    return text_of(data, media_type).encode()


_KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        PDF: _Kind(_pdf, PdfConverter),
        DOCX: _Kind(_office, DocxConverter),
        XLSX: _Kind(_office, XlsxConverter),
        HTML: _Kind(_text, HtmlConverter),
        CSV: _Kind(_text, CsvConverter),
        EML: _Kind(check_mail, MailConverter),
    }
)
