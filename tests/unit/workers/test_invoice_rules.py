import time
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.invoices import Invoice
from language_worker.invoices import read_invoice
from language_worker.providers.embedded_invoices.fields import invoice_fields, invoice_json_of
from samples.invoice_data import CHANDLER, WERFT, Fields, invoice, party, product
from samples.invoice_layouts import pairs, rows, signatures, totals
from samples.invoice_wording import AMERICAN, ENGLISH, FRENCH, GERMAN, ITALIAN, SPANISH, Wording


def as_pipes(cells: list[list[str]]) -> str:
    head, *rest = cells
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in [head, *rest]]
    return "\n".join([lines[0], "|" + " --- |" * len(head), *lines[1:]]) + "\n"


def as_html(cells: list[list[str]]) -> str:
    # As Azure AI Document Intelligence writes tables into Markdown.
    rows = ["<tr>" + "".join(f"<td>{cell.replace('&', '&amp;')}</td>" for cell in row) + "</tr>" for row in cells]
    return "<table>\n" + "\n".join(rows) + "\n</table>\n"


def lines_beside(said: Fields, words: Wording) -> str:
    table = as_pipes([list(words.columns), *rows(said, words)])
    heads = "\n\n".join(f"{label}: {value}" for label, value in pairs(said, words))
    sums = "\n".join(f"{label}: {value}" for label, value in totals(said, words, said["currency"] + " {}"))
    signed = "\n".join(f"{label}: {value}" for label, value in signatures(said, words))
    return f"# {words.invoice}\n\n{heads}\n\n{table}\n{sums}\n\n{signed}\n"


def tables_of_html(said: Fields, words: Wording) -> str:
    table = [list(words.columns), *rows(said, words, "{} €" if said["currency"] == "EUR" else "{} GBP")]
    sums = [["", "", "", label, value] for label, value in totals(said, words, said["currency"] + " {}")]
    signed = "\n\n".join(f"**{label}:** {value}" for label, value in signatures(said, words))
    return (
        f'<!-- PageHeader="{words.invoice}" -->\n{as_html([list(pair) for pair in pairs(said, words)])}\n'
        f"{as_html(table + sums)}\n\n{signed}\n<!-- PageBreak -->\n"
    )


def flat_text(said: Fields, words: Wording) -> str:
    heads = "\n".join(f"{label} : {value}" for label, value in pairs(said, words))
    table = "\n".join(" ".join(row) for row in [list(words.columns), *rows(said, words)])
    sums = "\n".join(f"{label}  {value} {said['currency']}" for label, value in totals(said, words))
    signed = "\n".join(f"{label}: {value}" for label, value in signatures(said, words))
    return f"{words.invoice}\n{heads}\n{table}\n{sums}\n{signed}\n"


LAYOUTS = (lines_beside, tables_of_html, flat_text)
WORDS = (ENGLISH, AMERICAN, GERMAN, FRENCH, SPANISH, ITALIAN)
NAMES = st.text("abcdefghijklmnopqrstuvwxyzäöüéñ", min_size=3, max_size=12).map(str.capitalize)
DAYS = st.dates(date(2001, 1, 1), date(2099, 1, 1))


def cents(least: int, most: int) -> st.SearchStrategy[str]:
    return st.integers(least, most).map(lambda number: f"{Decimal(number) / 100:.2f}")


PRODUCTS = st.builds(
    product,
    st.from_regex(r"[A-Z]{1,3}-[0-9]{1,4}", fullmatch=True),
    st.lists(NAMES, min_size=1, max_size=3).map(lambda words: "Kit " + " ".join(words)),
    st.one_of(st.integers(1, 999).map(str), st.sampled_from(["0.5", "2.25", "12.5"])),
    cents(1, 5_000_000),
)


@st.composite
def invoices(draw: st.DrawFn) -> Fields:
    issued = draw(DAYS)
    head = {
        "number": draw(st.from_regex(r"[A-Z]{2}-?20[0-9]{2}[/-][0-9]{1,6}", fullmatch=True)),
        "issued_on": issued.isoformat(),
        "due_on": draw(st.none() | st.integers(0, 90).map(lambda days: (issued + timedelta(days=days)).isoformat())),
        "seller": party(draw(NAMES) + " GmbH", f"{draw(NAMES)} 3", draw(st.none() | st.just("DE123456789"))),
        "buyer": draw(st.none() | st.builds(party, NAMES, NAMES)),
        "currency": draw(st.sampled_from(["EUR", "GBP"])),
    }
    lines = draw(st.lists(PRODUCTS, min_size=1, max_size=6))
    taxes = draw(st.sampled_from([[], [("VAT", "20", "")], [("TVA", "5.5", ""), ("IVA", "21", "")]]))
    signed = [{"type": "Seller", "has_signature": True, "signed_on": issued.isoformat()}]
    return invoice(head, lines, taxes, signatures=draw(st.sampled_from([[], signed])))


@given(said=invoices(), words=st.sampled_from(WORDS), layout=st.sampled_from(LAYOUTS))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_invoice_is_read_as_it_was_written_in_any_layout_and_language(
    said: Fields, words: Wording, layout: Any
) -> None:
    if words is AMERICAN:
        # Days of numbers alone can be read in two ways; whoever pays in dollars writes the month first.
        said = {**said, "currency": "USD"}

    found = read_invoice(invoice_json_of({"document": layout(said, words)}))

    assert found == Invoice.model_validate(said)


def test_two_columns_of_labels_in_one_line_of_text_are_told_apart() -> None:
    text = "Invoice number: A-1 Invoice date: 14 March 2026\nSeller: Chandlers Ltd, 1 Quay Due date: 13 April 2026\n"

    fields = invoice_fields(text)

    assert (fields["number"], fields["issued_on"], fields["due_on"]) == ("A-1", "2026-03-14", "2026-04-13")
    assert fields["seller"] == {"name": "Chandlers Ltd", "address": "1 Quay", "tax_id": None}


def test_labels_above_their_values_are_read_downwards() -> None:
    cells = [["Invoice No.", "Date", "Due"], ["A-1", "2026-03-14", "2026-04-13"]]

    fields = invoice_fields(as_pipes(cells))

    assert (fields["number"], fields["issued_on"], fields["due_on"]) == ("A-1", "2026-03-14", "2026-04-13")


def test_a_party_may_stand_in_the_lines_below_its_label() -> None:
    text = "Bill to:\nAcme, Inc.\n7 Road\nTown\n\nInvoice no.: 7\n"

    assert invoice_fields(text)["buyer"] == {"name": "Acme, Inc.", "address": "7 Road, Town", "tax_id": None}


def test_an_invoice_as_document_intelligence_writes_them_is_read() -> None:
    head, *lines = [
        ["DATE", "ITEM CODE", "DESCRIPTION", "QTY", "UM", "PRICE", "TAX", "AMOUNT"],
        ["3/4/2026", "A123", "Diving", "2", "hours", "$30.00", "10%", "$60.00"],
        ["3/5/2026", "B456", "Report", "4", "", "$10.00", "10%", "$40.00"],
    ]
    sums = [["SUBTOTAL", "$100.00"], ["SALES TAX", "$10.00"], ["TOTAL", "$110.00"], ["AMOUNT DUE", "$610.00"]]
    text = (
        "<figure>\n\nPIER\n\n</figure>\n\n# INVOICE\n\nPier Divers\n\n"
        "INVOICE: INV-100\n\nINVOICE DATE: 11/15/2026\n\n"
        "CUSTOMER ID: CID-12345\n\nBILL TO:\n\nHarbour Finance\n\n123 Bill St,\n\nSHIP TO:\n\nHarbour Delivery\n\n"
        f"{as_html([head, *lines])}\n{as_html([['P.O. NUMBER', 'TERMS'], ['PO-3333', '']])}\n"
        f"{as_html(sums)}\nTHANK YOU!\n"
    )

    found = read_invoice(invoice_json_of({"document": text}))

    assert (found.number, found.issued_on, found.currency) == ("INV-100", date(2026, 11, 15), "USD")
    assert (found.seller.name, found.buyer and found.buyer.name) == ("PIER", "Harbour Finance")
    assert [(line.id, int(line.quantity), int(line.amount)) for line in found.products] == [
        ("A123", 2, 60),
        ("B456", 4, 40),
    ]
    assert [int(figure) for figure in (found.subtotal, found.taxes[0].amount, found.total)] == [100, 10, 110]


def test_without_a_label_the_seller_is_who_stands_above_the_invoice() -> None:
    text = "Harbour Chandlers Ltd\n1 Quay Street\n\nINVOICE\n\nInvoice no.: 7\n"

    seller = {"name": "Harbour Chandlers Ltd", "address": "1 Quay Street", "tax_id": None}
    assert invoice_fields(text)["seller"] == seller


def test_a_table_goes_on_without_its_head_on_the_next_page() -> None:
    first, second = rows(CHANDLER, ENGLISH)[:2]
    table = as_html([list(ENGLISH.columns), first]) + "\n<!-- PageBreak -->\n" + as_html([second])

    assert len(invoice_fields(table)["products"]) == 2


def test_what_is_missing_is_null_and_a_subtotal_follows_from_the_total() -> None:
    fields = invoice_fields("Total: 120.00 EUR\nVAT 20 %: 20.00\n")

    assert (fields["subtotal"], fields["currency"]) == ("100.00", "EUR")
    assert [fields[name] for name in ("number", "issued_on", "seller", "buyer")] == [None] * 4


@given(st.text("|:-\n <>/tablerd&amp;0123456789,.%€()#*_\\\"'", max_size=400))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_no_text_makes_the_rules_fail(text: str) -> None:
    assert set(invoice_fields(text)) == set(Invoice.model_fields)


@pytest.mark.parametrize(
    "part",
    [
        "1 ",
        "a: ",
        "a: 1\n",
        "| ",
        "<td>",
        "(((",
        "1.1,",
        "Total ",
        "VAT 20 % ",
        "* ",
        "1 March ",
        "<table",
        "<!--",
        "<tr><td>",
        "1\u202f",
    ],
)
def test_a_long_document_of_anything_is_read_in_a_time_that_is_bounded(part: str) -> None:
    begun = time.process_time()

    for end in ("", "-->", "</table>"):
        invoice_fields(part * (64 * 1024 // len(part)) + end)

    assert time.process_time() - begun < 3


@pytest.mark.parametrize("text", [",", "Seller: ,", "Bill to:\n,,", "|", "<table>", "<tr><td>", "-->", "Total:", "%"])
def test_a_text_that_says_nothing_has_nothing_in_it(text: str) -> None:
    fields = invoice_fields(text)

    assert not any(fields[name] for name in fields if name != "seller")


def test_a_seller_whose_name_begins_like_a_signature_is_the_seller() -> None:
    fields = invoice_fields("Seller: Unsigned GmbH, Pier 3\n\nSeller: not signed\nBuyer: signed 2026-03-14\n")

    assert fields["seller"]["name"] == "Unsigned GmbH"
    assert [(each["type"], each["has_signature"], each["signed_on"]) for each in fields["signatures"]] == [
        ("Seller", False, None),
        ("Buyer", True, "2026-03-14"),
    ]


def test_a_letterhead_that_names_nobody_is_no_seller() -> None:
    assert invoice_fields(",")["seller"] is None


def test_a_document_of_other_words_is_no_invoice() -> None:
    fields = invoice_fields("# Minutes\n\nThe pier is to be painted, for about 100 from May 2026 on.\n")

    assert not fields["products"]
    assert fields["total"] is None


def test_german_figures_beside_english_ones_keep_their_meaning() -> None:
    assert invoice_fields(lines_beside(WERFT, GERMAN))["total"] == "18047.45"
