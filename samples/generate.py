"""Make the sample files: the same bytes each time, so that a change of one is seen.

Run `python -m samples.generate` to write all of them into `files/`. `expected.json` says what to send and what becomes
of it; it is written by hand.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import docx
import openpyxl
import orjson
from fpdf import FPDF

from samples.documents import almanac_pdf, crew_eml, notice_eml, song_txt
from samples.packing import packed_again
from samples.row_files import berths_parquet, cut_short_parquet, rows_10_jsonl, rows_10000_jsonl

AT = datetime(2026, 1, 1, tzinfo=UTC)
_HARBOURS = ("Bergen", "Kobe", "Valparaíso", "Łódź", "Reykjavík", "Porto")


def _pdf(title: str, pages: int) -> bytes:
    pdf = FPDF()
    pdf.set_creation_date(AT)
    pdf.set_title(title)
    for page in range(1, pages + 1):
        pdf.add_page()
        pdf.set_font("Helvetica", "B", 20)
        pdf.cell(text=f"{title}: page {page} of {pages}", new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("Helvetica", size=12)
        for line in range(1, 13):
            text = f"Line {line} of page {page}: the harbour counts its ships and writes the number down."
            pdf.cell(text=text, h=8, new_x="LMARGIN", new_y="NEXT")
    # A comment with a NUL: tools that look for one, git for example, then take the file for the binary that it is.
    return bytes(pdf.output()) + b"%\x00\n"


def report_pdf() -> bytes:
    """Five pages of text."""
    return _pdf("Harbour report", 5)


def letter_pdf() -> bytes:
    """One page of text."""
    return _pdf("Letter", 1)


def corrupt_pdf() -> bytes:
    """A PDF by its first line, broken inside: no object can be read."""
    return b"%PDF-1.7\n" + bytes((7 * n) % 251 for n in range(2000)).replace(b"obj", b"...") + b"\n%%EOF\n"


def damaged_page_pdf() -> bytes:
    """Five pages, of which the content of the fourth was overwritten: the others can still be read."""
    whole = _pdf("Damaged report", 5)
    streams = [match.span(1) for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", whole, re.DOTALL)]
    first, last = streams[3]
    middle = first + (last - first) // 3
    return whole[:middle] + b"\xff" * (last - middle) + whole[last:]


def empty() -> bytes:
    """Nothing at all."""
    return b""


def minutes_docx() -> bytes:
    """A document with headings, a list and a table."""
    document = docx.Document()
    document.add_heading("Minutes of the harbour board", level=1)
    document.add_paragraph("Present: Åse, Jürgen and Zoë.")
    document.add_heading("Decisions", level=2)
    for decision in ("The pier is to be painted.", "The crane is to be oiled.", "The cat stays."):
        document.add_paragraph(decision, style="List Bullet")
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Task", "Until"
    for task, until in (("Paint", "May"), ("Oil", "June")):
        cells = table.add_row().cells
        cells[0].text, cells[1].text = task, until
    file = io.BytesIO()
    document.save(file)
    return packed_again(file.getvalue(), AT)


def ships_xlsx() -> bytes:
    """Two sheets."""
    workbook = openpyxl.Workbook()
    ships = workbook.active
    assert ships is not None
    ships.title = "Ships"
    for ship in (("name", "harbour", "tons"), ("Aurora", "Bergen", 1200), ("Hikari", "Kobe", 5400.5)):
        ships.append(ship)
    crew = workbook.create_sheet("Crew")
    for sailor in (("name", "ship"), ("Zoë", "Aurora"), ("Kenji", "Hikari")):
        crew.append(sailor)
    file = io.BytesIO()
    workbook.save(file)
    return packed_again(file.getvalue(), AT)


def harbours_html() -> bytes:
    """A page with a list and a table."""
    items = "".join(f"<li>{name}</li>" for name in _HARBOURS)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Harbours</title>'
        "<style>body { color: navy }</style></head>\n"
        f"<body><h1>Harbours</h1><p>A list of <em>{len(_HARBOURS)}</em> harbours.</p><ul>{items}</ul>"
        "<table><tr><th>harbour</th><th>ships</th></tr><tr><td>Kobe</td><td>31</td></tr></table></body></html>\n"
    ).encode()


def tides_csv() -> bytes:
    """A table with quotes and a comma within a cell."""
    lines = ["harbour,day,height,remark"]
    lines += [f'{name},{day},{day * 0.7:.1f},"high, ""spring"""' for name in _HARBOURS for day in (1, 2)]
    return ("\n".join(lines) + "\n").encode()


def landings_1_jsonl() -> bytes:
    """Rows with numbers, text and truth."""
    return _lines(
        {"id": n, "harbour": _HARBOURS[n % 3], "tons": round(n * 1.5, 1), "inspected": n % 4 == 0}
        for n in range(1, 201)
    )


def landings_2_jsonl() -> bytes:
    """The same columns in another order, with one more, nulls, and whole numbers where others have fractions."""
    return _lines(
        {
            "inspected": None if n % 5 == 0 else True,
            "tons": n,
            "harbour": _HARBOURS[n % 6],
            "id": 1000 + n,
            **({"remark": f"n° {n}: ✓ läuft"} if n % 7 == 0 else {}),
        }
        for n in range(1, 121)
    )


def landings_3_jsonl() -> bytes:
    """Unicode, nulls, nested values, and a blank line at the beginning."""
    return b"\n" + _lines(
        {
            "id": 2000 + n,
            "harbour": ["東京", "Αθήνα", "القاهرة", None][n % 4],
            "catch": [{"fish": "Dorsch 🐟", "kg": n}] * (n % 3),
            "place": {"x": n / 2, "y": None},
        }
        for n in range(1, 41)
    )


def broken_jsonl() -> bytes:
    """Good rows but for line 18, which was cut off."""
    lines = landings_1_jsonl().splitlines(keepends=True)[:30]
    lines[17] = lines[17][:20] + b"\n"
    return b"".join(lines)


def _lines(rows: Iterable[dict[str, object]]) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


FILES: dict[str, Callable[[], bytes]] = {
    "report.pdf": report_pdf,
    "letter.pdf": letter_pdf,
    "corrupt.pdf": corrupt_pdf,
    "empty.pdf": empty,
    "damaged-page.pdf": damaged_page_pdf,
    "minutes.docx": minutes_docx,
    "ships.xlsx": ships_xlsx,
    "harbours.html": harbours_html,
    "tides.csv": tides_csv,
    "landings-1.jsonl": landings_1_jsonl,
    "landings-2.jsonl": landings_2_jsonl,
    "landings-3.jsonl": landings_3_jsonl,
    "broken.jsonl": broken_jsonl,
    "almanac.pdf": almanac_pdf,
    "song.txt": song_txt,
    "crew.eml": crew_eml,
    "notice.eml": notice_eml,
    "rows-10.jsonl": rows_10_jsonl,
    "rows-10000.jsonl": rows_10000_jsonl,
    "berths.parquet": berths_parquet,
    "cut-short.parquet": cut_short_parquet,
}


def main() -> None:
    """Write every sample file."""
    folder = Path(__file__).parent / "files"
    folder.mkdir(exist_ok=True)
    for name, make in FILES.items():
        (folder / name).write_bytes(make())
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
