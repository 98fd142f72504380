"""Which media type a file has: as its sender says, or else by its name."""

from __future__ import annotations

import mimetypes
import re

from contracts.documents import CSV, DOCX, EML, HTML, PDF, XLSX
from durable.http.problem import Problem, ProblemType

UNKNOWN = "application/octet-stream"
_SAYS_NOTHING = frozenset({"", UNKNOWN, "application/x-www-form-urlencoded"})
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)

# The library's own table, never the machine's: the answer must be the same everywhere.
_BY_NAME = mimetypes.MimeTypes()
for _type, _suffix in (
    (PDF, ".pdf"),
    (DOCX, ".docx"),
    (XLSX, ".xlsx"),
    (HTML, ".html"),
    (CSV, ".csv"),
    (EML, ".eml"),
    ("application/x-ndjson", ".jsonl"),
    ("text/markdown", ".md"),
):
    _BY_NAME.add_type(_type, _suffix)


def media_type_of(content_type: str, name: str) -> str:
    """Give the media type without parameters; what senders put there for want of a better counts as none.

    Raises:
        Problem: it is no media type, or the body holds a form rather than a file.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type in _SAYS_NOTHING:
        return _BY_NAME.guess_type(name)[0] or UNKNOWN
    if not _MEDIA_TYPE.fullmatch(media_type) or media_type.startswith("multipart/"):
        raise Problem(
            ProblemType.MEDIA_TYPE,
            f"expected the bytes of one file as the body, and its media type; found {content_type[:200]!r}",
        )
    return media_type
