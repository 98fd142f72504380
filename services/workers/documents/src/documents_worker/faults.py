"""What is wrong with a document, told for good: another attempt would find the same bytes."""

from __future__ import annotations

import csv
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from xml.parsers.expat import ExpatError

from pdfminer.pdfexceptions import PDFException
from pdfminer.psexceptions import PSException
from pdfplumber.utils.exceptions import PdfminerException
from pypdf.errors import PyPdfError

from durable import NonRetryable

# What the readers of documents let out when bytes are not what they should be: each of them, and Python itself.
_DAMAGE = (
    PyPdfError,
    PDFException,
    PSException,
    PdfminerException,
    ExpatError,
    zipfile.BadZipFile,
    zlib.error,
    csv.Error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
)


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Turn what a reader raises over damaged bytes into a final failure that begins with `what`.

    Raises:
        NonRetryable: a reader raised.
    """
    try:
        yield
    except _DAMAGE as error:
        raise NonRetryable(f"{what}: {type(error).__name__}: {error}") from error
