"""Make the sample invoices: the same bytes each time.

Run `python -m samples.generate_invoices` to write them into `invoices/`, with `expected.json`: of each file its media
type and either the invoice that is to be read out of it or the reasons for which it is none.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson

from samples.invoice_data import (
    CHANDLER,
    HIKARI,
    LEDGER,
    MARINA,
    PESCADOS,
    VOILES,
    WERFT,
    WITHOUT_NUMBER,
    WRONG_TOTAL,
    Fields,
)
from samples.invoice_layouts import comma_separated, plain_pdf, ruled_pdf, web_page, word_document, workbook
from samples.invoice_wording import AMERICAN, ENGLISH, FRENCH, GERMAN, SPANISH, Wording

FOLDER = Path(__file__).parent / "invoices"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Sample:
    """A file, and what is to come of it: `reasons` are parts of what is told of one that is no invoice."""

    media_type: str
    layout: Callable[[Fields, Wording], bytes]
    invoice: Fields
    words: Wording
    reasons: tuple[str, ...] = ()

    def content(self) -> bytes:
        """Give the bytes of the file."""
        return self.layout(self.invoice, self.words)


SAMPLES = {
    "chandler.pdf": Sample(PDF, ruled_pdf, CHANDLER, ENGLISH),
    "lighthouse.pdf": Sample(PDF, plain_pdf, LEDGER, ENGLISH),
    "nordwerft.docx": Sample(DOCX, word_document, WERFT, GERMAN),
    "lefevre.html": Sample("text/html", web_page, VOILES, FRENCH),
    "pelican.xlsx": Sample(XLSX, workbook, MARINA, AMERICAN),
    "pescados.csv": Sample("text/csv", comma_separated, PESCADOS, SPANISH),
    "hikari.html": Sample("text/html", web_page, HIKARI, ENGLISH),
    "wrong-total.html": Sample(
        "text/html",
        web_page,
        WRONG_TOTAL,
        FRENCH,
        ("total: expected 5466.12, the subtotal 4555.10 and taxes of 911.02; found 5446.12",),
    ),
    "without-number.docx": Sample(
        DOCX,
        word_document,
        WITHOUT_NUMBER,
        GERMAN,
        (
            "number: expected a value; found none",
            "issued_on: expected a value; found none",
            "products.0.amount: expected 12450.00, as 1 times 12450.00 is; found 12540.00",
            "subtotal: expected 15270.75, the sum of the 3 amounts; found 15180.75",
        ),
    ),
}


def expected() -> bytes:
    """Give `expected.json`."""
    invoices = [
        {
            "file": name,
            "media_type": sample.media_type,
            **({"reasons": sample.reasons} if sample.reasons else {"invoice": sample.invoice}),
        }
        for name, sample in SAMPLES.items()
    ]
    return orjson.dumps({"invoices": invoices}, option=orjson.OPT_INDENT_2) + b"\n"


def main() -> None:
    """Write every file."""
    FOLDER.mkdir(exist_ok=True)
    for name, sample in SAMPLES.items():
        (FOLDER / name).write_bytes(sample.content())
        sys.stdout.write(f"{name}\n")
    (FOLDER / "expected.json").write_bytes(expected())


if __name__ == "__main__":
    main()
