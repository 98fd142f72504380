"""Whether the bytes of a document are what its media type says.

1. What is checked is the content, never the name of a file.
2. A fault says what was expected, what was found, and what it looks like if that can be told.
"""

from __future__ import annotations

import codecs
import io
import re
import zipfile

from contracts.documents import DOCX, HTML, PDF, XLSX
from documents_worker.faults import telling
from durable import NonRetryable

UNPACKED_BYTES_MAX = 512 << 20
_MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old or encrypted Office file"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x1f\x8b", "a gzip archive"),
)
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HTML_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def check_pdf_header(data: bytes) -> None:
    """Require a PDF by its first bytes.

    Raises:
        NonRetryable: it is none.
    """
    _expect_some(data, PDF)
    if b"%PDF-" not in data[:1024]:
        raise NonRetryable(f"expected a PDF, which begins with '%PDF-'; found {_looks(data)}")


def check_office(data: bytes, media_type: str) -> None:
    """Require a DOCX or XLSX: a ZIP archive with the part that makes it one, not larger unpacked than is sane.

    Raises:
        NonRetryable: it is none.
    """
    _expect_some(data, media_type)
    name, part = _OFFICE_PARTS[media_type]
    if not data.startswith(b"PK\x03\x04"):
        raise NonRetryable(f"expected a {name}, which is a ZIP archive; found {_looks(data)}")
    with telling(f"expected a {name}; its ZIP archive is damaged"), zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        size = sum(entry.file_size for entry in archive.infolist())
    if part not in names:
        other = next((known for known, inner in _OFFICE_PARTS.values() if inner in names), "another kind of archive")
        raise NonRetryable(f"expected a {name} with a part {part!r}; found {other} of {len(names)} parts")
    if size > UNPACKED_BYTES_MAX:
        raise NonRetryable(f"expected a {name} of at most {UNPACKED_BYTES_MAX} bytes unpacked; found {size}")


def text_of(data: bytes, media_type: str) -> str:
    """Decode the text of an HTML or CSV file: by its byte order mark, its own word, as UTF-8 or Windows-1252.

    Raises:
        NonRetryable: it is no text.
    """
    _expect_some(data, media_type)
    if any(data.startswith(magic) for magic, _ in _MAGIC):
        raise NonRetryable(f"expected {media_type}; found {_looks(data)}")
    text = _decoded(data, media_type)
    found = _CONTROL.search(text)
    if found:
        raise NonRetryable(
            f"expected {media_type}; found a control character U+{ord(found[0]):04X} at character {found.start()}, "
            "which no text has"
        )
    return text


def _decoded(data: bytes, media_type: str) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            with telling(f"expected {media_type} in {encoding}, as its byte order mark says"):
                return data[len(mark) :].decode(encoding)
    declared = _HTML_CHARSET.search(data[:2048]) if media_type == HTML else None
    for encoding in (*([declared[1].decode()] if declared else []), "utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    raise NonRetryable(f"expected {media_type} as text in UTF-8 or Windows-1252; found bytes of neither")


def _expect_some(data: bytes, media_type: str) -> None:
    if not data.strip(b"\x00\t\n\r "):
        raise NonRetryable(f"expected {media_type}; found an empty file of {len(data)} bytes")


def _looks(data: bytes) -> str:
    known = next((name for magic, name in _MAGIC if data.startswith(magic)), None)
    return known or f"a file that begins with {data[:16]!r}"


_OFFICE_PARTS = {DOCX: ("DOCX document", "word/document.xml"), XLSX: ("XLSX workbook", "xl/workbook.xml")}
