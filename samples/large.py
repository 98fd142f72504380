"""Make a folder of large samples, in the form of `samples/` itself: `python -m samples.large FOLDER [SHARE]`.

Ten million rows, a PDF of a thousand pages, ten thousand texts and three hundred invoices in seven layouts, or a share
of each. The same bytes each time; files are written piece by piece.
"""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from samples.documents import almanac
from samples.generate_invoices import SAMPLES
from samples.invoice_data import Fields, invoice, party, product
from samples.row_files import HARBOURS, write_json_lines

ROWS = 10_000_000
PAGES = 1_000
TEXTS = 10_000
TEXTS_IN_AN_EVENT = 1_000
INVOICES = 300
PDF = "application/pdf"
_TOLD = (
    "The pilots of {place} were friendly and quick, and ship {number} left in time.",
    "Ship {number} waited for a berth in {place} for {days} days, which made everybody angry.",
    "On {days} March 2026 ship {number} came to {place}.",
    "The new crane in {place} is wonderful, but the noise is terrible.",
)


def texts(count: int, first: int = 1) -> list[str]:
    """Give texts of a line each."""
    return [
        _TOLD[number % 4].format(place=HARBOURS[number % 6], number=number, days=number % 27 + 1)
        for number in range(first, first + count)
    ]


def numbered_invoice(number: int) -> Fields:
    """Give an invoice of one to nine lines."""
    lines = [
        product(f"A-{line:03d}", f"Item {line} of order {number}", str(line), f"{number % 90 + line}.{line}5")
        for line in range(1, number % 9 + 2)
    ]
    seller = party(f"Supplies of {HARBOURS[0]} Ltd", f"{number} Quay Street, Bristol", "GB123456789")
    head = {"number": f"L-{number:05d}", "issued_on": f"2026-03-{number % 28 + 1:02d}", "seller": seller}
    return invoice({**head, "buyer": party("Aurora Shipping plc", "22 Dock Road, Hull"), "currency": "EUR"}, lines, [])


def write_samples(folder: Path, share: float = 1.0) -> None:
    """Write the files and both `expected.json`."""
    for name in ("files", "invoices"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    rows, pages = round(ROWS * share), round(PAGES * share)
    write_json_lines(folder / "files" / "rows.jsonl", rows)
    (folder / "files" / "almanac.pdf").write_bytes(almanac(pages))
    both = {"split-pdf": "Completed", "document-to-markdown": "Completed"}
    expected = {
        "documents": [{"file": "almanac.pdf", "media_type": PDF, "sagas": both}],
        "rows": [{"files": ["rows.jsonl"], "saga": "json-to-parquet", "status": "Completed"}],
        "events": [_texts_event(first, share) for first in range(1, TEXTS, TEXTS_IN_AN_EVENT)],
    }
    (folder / "expected.json").write_bytes(orjson.dumps(expected, option=orjson.OPT_INDENT_2))
    _write_invoices(folder / "invoices", round(INVOICES * share))


def _texts_event(first: int, share: float) -> dict[str, object]:
    requests = [{"operations": ["sentiment"], "texts": texts(round(TEXTS_IN_AN_EVENT * share), first)}]
    return {
        "name": f"texts from {first:,}",
        "type": "texts.received",
        "data": {"target": {"name": f"analyses/{first:05d}.json"}, "requests": requests},
        "saga": "text-analytics",
        "status": "Completed",
    }


def _write_invoices(folder: Path, count: int) -> None:
    layouts = [sample for sample in SAMPLES.items() if not sample[1].reasons]
    invoices = []
    for number in range(1, count + 1):
        name, sample = layouts[number % len(layouts)]
        fields = numbered_invoice(number)
        file = f"{number:04d}-{name}"
        (folder / file).write_bytes(sample.layout(fields, sample.words))
        told = {"number": fields["number"], "total": fields["total"], "currency": fields["currency"]}
        invoices.append({"file": file, "media_type": sample.media_type, "invoice": told})
    (folder / "expected.json").write_bytes(orjson.dumps({"invoices": invoices}, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    write_samples(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 1.0)
