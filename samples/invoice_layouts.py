"""The layouts of the sample invoices: each takes what an invoice says and its wording, and gives a file."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import docx
import openpyxl
from fpdf import FPDF

from samples.invoice_data import Fields
from samples.invoice_wording import Wording
from samples.packing import packed_again

AT = datetime(2026, 1, 1, tzinfo=UTC)
Pair = tuple[str, str]


def pairs(invoice: Fields, words: Wording) -> list[Pair]:
    """Give the head of an invoice as labels and values, without what it lacks."""
    seller, buyer = invoice["seller"], invoice["buyer"] or {}
    all_pairs = [
        (words.number, invoice["number"]),
        (words.issued_on, invoice["issued_on"] and words.date(invoice["issued_on"])),
        (words.due_on, invoice["due_on"] and words.date(invoice["due_on"])),
        (words.seller, f"{seller['name']}, {seller['address']}"),
        (words.tax_id, seller["tax_id"]),
        (words.buyer, buyer and f"{buyer['name']}, {buyer['address']}"),
        (words.tax_id, buyer.get("tax_id")),
    ]
    return [(label, value) for label, value in all_pairs if value]


def rows(invoice: Fields, words: Wording, money: str = "{}") -> list[list[str]]:
    """Give the lines of an invoice as cells."""
    digits = 0 if invoice["currency"] == "JPY" else 2
    return [
        [
            line["id"],
            line["description"],
            words.figure(line["quantity"], None),
            words.figure(line["unit_price"], max(digits, -_exponent(line["unit_price"]))),
            money.format(words.figure(line["amount"], digits)),
        ]
        for line in invoice["products"]
    ]


def totals(invoice: Fields, words: Wording, money: str = "{}") -> list[Pair]:
    """Give subtotal, taxes and total as labels and values."""
    digits = 0 if invoice["currency"] == "JPY" else 2
    figures = [(words.subtotal, invoice["subtotal"])]
    for tax in invoice["taxes"]:
        figures.append((f"{tax['name']} {words.figure(tax['rate'], None)} %", tax["amount"]))
    figures.append((words.total, invoice["total"]))
    return [(label, money.format(words.figure(value, digits))) for label, value in figures]


def signatures(invoice: Fields, words: Wording) -> list[Pair]:
    """Give who has signed and who has not."""
    return [
        (each["type"], f"{words.signed} {words.date(each['signed_on'])}" if each["has_signature"] else words.not_signed)
        for each in invoice["signatures"]
    ]


def ruled_pdf(invoice: Fields, words: Wording) -> bytes:
    """Lines of labels and values, and a table with rules."""
    pdf = _new_pdf()
    pdf.set_font("Helvetica", "B", 18)
    pdf.cell(text=words.invoice, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("Helvetica", size=10)
    _write_pairs(pdf, pairs(invoice, words))
    with pdf.table(col_widths=(15, 50, 12, 20, 22)) as table:
        for cells in ([*words.columns], *rows(invoice, words)):
            row = table.row()
            for cell in cells:
                row.cell(cell)
    money = invoice["currency"] + " {}"
    _write_pairs(pdf, [*totals(invoice, words, money), *signatures(invoice, words)])
    return _pdf_bytes(pdf)


def plain_pdf(invoice: Fields, words: Wording) -> bytes:
    """Columns without rules, over several pages, each with the names of the columns."""
    pdf = _new_pdf()
    pdf.set_font("Helvetica", size=10)
    _write_pairs(pdf, [(words.invoice, ""), *pairs(invoice, words)])
    lines = rows(invoice, words)
    for start in range(0, len(lines), 25):
        if start:
            pdf.add_page()
        for cells in (words.columns, *lines[start : start + 25]):
            for text, width in zip(cells, (25, 80, 20, 30, 30), strict=True):
                pdf.cell(w=width, h=7, text=text)
            pdf.ln()
    money = invoice["currency"] + " {}"
    _write_pairs(pdf, [*totals(invoice, words, money), *signatures(invoice, words)])
    return _pdf_bytes(pdf)


def word_document(invoice: Fields, words: Wording) -> bytes:
    """A heading, a table of labels and values, one of lines, and one of totals."""
    document = docx.Document()
    document.add_heading(words.invoice, level=1)
    money = "{} " + _sign(invoice)
    for cells in ([*map(list, pairs(invoice, words))], [list(words.columns), *rows(invoice, words, money)]):
        table = document.add_table(rows=0, cols=len(cells[0]))
        for row in cells:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
        document.add_paragraph("")
    for label, value in totals(invoice, words, money):
        document.add_paragraph(f"{label}: {value}")
    file = io.BytesIO()
    document.save(file)
    return packed_again(file.getvalue(), AT)


def web_page(invoice: Fields, words: Wording) -> bytes:
    """Bold labels, and one table whose last rows are the totals."""
    money = "{} " + _sign(invoice)
    head = "".join(f"<p><b>{_safe(label)} :</b> {_safe(value)}</p>\n" for label, value in pairs(invoice, words))
    lines = [_html_row("td", row) for row in rows(invoice, words, money)]
    lines += [_html_row("td", ["", "", "", label, value]) for label, value in totals(invoice, words, money)]
    table = f"<table>{_html_row('th', words.columns)}{''.join(lines)}</table>"
    return (
        f'<!doctype html>\n<html><head><meta charset="utf-8"><title>{words.invoice}</title></head>\n<body>'
        f"<h1>{words.invoice}</h1>\n{head}{table}</body></html>\n"
    ).encode()


def workbook(invoice: Fields, words: Wording) -> bytes:
    """A sheet with labels beside values, and figures as numbers."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = words.invoice
    for pair in (*pairs(invoice, words), ("Currency", invoice["currency"])):
        sheet.append(pair)
    sheet.append(())
    sheet.append(words.columns)
    for line in invoice["products"]:
        numbers = [float(line[name]) for name in ("quantity", "unit_price", "amount")]
        sheet.append((line["id"], line["description"], *numbers))
    for label, value in _numbers(invoice, words):
        sheet.append((None, None, None, label, value))
    file = io.BytesIO()
    book.save(file)
    return packed_again(file.getvalue(), AT)


def comma_separated(invoice: Fields, words: Wording) -> bytes:
    """Labels and values in the first two columns, then the lines."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow((words.invoice, "", "", "", ""))
    writer.writerows((label, value, "", "", "") for label, value in pairs(invoice, words))
    writer.writerow(words.columns)
    writer.writerows(rows(invoice, words))
    money = "{} " + invoice["currency"]
    writer.writerows(("", "", "", label, value) for label, value in totals(invoice, words, money))
    return file.getvalue().encode()


def _numbers(invoice: Fields, words: Wording) -> Iterator[tuple[str, float]]:
    values = (invoice["subtotal"], *(tax["amount"] for tax in invoice["taxes"]), invoice["total"])
    for (label, _), value in zip(totals(invoice, words), values, strict=True):
        yield label, float(value)


def _sign(invoice: Fields) -> str:
    return {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥"}[invoice["currency"]]


def _exponent(figure: str) -> int:
    exponent = Decimal(figure).as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _safe(text: str) -> str:
    return html.escape(text)


def _html_row(tag: str, cells: list[str] | tuple[str, ...]) -> str:
    return "<tr>" + "".join(f"<{tag}>{_safe(cell)}</{tag}>" for cell in cells) + "</tr>\n"


def _new_pdf() -> FPDF:
    pdf = FPDF()
    pdf.set_creation_date(AT)
    pdf.add_page()
    return pdf


def _write_pairs(pdf: FPDF, written: list[Pair]) -> None:
    for label, value in written:
        text = f"{label}: {value}" if value else label
        pdf.cell(text=text, h=7, new_x="LMARGIN", new_y="NEXT")


def _pdf_bytes(pdf: FPDF) -> bytes:
    # A comment with a NUL: tools that look for one, git for example, then take the file for the binary that it is.
    return bytes(pdf.output()) + b"%\x00\n"
