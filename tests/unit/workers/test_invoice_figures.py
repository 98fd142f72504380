from datetime import date
from decimal import Decimal

import pytest

from language_worker.providers.embedded_invoices.days import day_in, is_month_first
from language_worker.providers.embedded_invoices.figures import Mark, currency_in, decimal_mark, figure_of


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("1,234.56", ",", "1234.56"),
        ("1.234,56", ".", "1234.56"),
        ("1 234,56 €", ".", "1234.56"),
        ("1\u202f234\u202f567,5", ".", "1234567.5"),
        ("1'234.50 CHF", ",", "1234.50"),
        ("1.234.567", ".", "1234567"),
        ("1,234", ".", "1234"),
        ("1,234", ",", "1.234"),
        ("1.234", ",", "1234"),
        ("0.125", ",", "0.125"),
        ("USD 12", ".", "12"),
        ("-12.50", ".", "-12.50"),
        ("12,50-", ",", "-12.50"),
        ("(12.50)", ".", "-12.50"),
        ("− £3.10", ".", "-3.10"),
        ("12,34,567.00", ".", "1234567.00"),
    ],
)
def test_a_figure_is_read_as_it_is_written(text: str, mark: Mark, value: str) -> None:
    assert figure_of(text, mark) == Decimal(value)


@pytest.mark.parametrize("text", ["", "twelve", "12 pieces", "1.2.3", "2026-03-14", "1,2,3", "12 34", "9" * 40])
def test_what_is_no_figure_is_none(text: str) -> None:
    assert figure_of(text, ".") is None


def test_the_marks_of_a_document_are_told_by_its_certain_figures() -> None:
    assert decimal_mark(["1,234", "2.50", "3"]) == "."
    assert decimal_mark(["1.234", "2,50 €", "14.03.2026"]) == ","
    assert decimal_mark(["1,234"]) == "."


def test_a_currency_is_found_by_code_or_sign_and_no_word_is_one() -> None:
    assert [currency_in(text) for text in ("12 €", "USD 3", "£4", "THE 3", "cadence")] == [
        "EUR",
        "USD",
        "GBP",
        None,
        None,
    ]


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-07", "07.03.2026", "7/3/2026", "7 March 2026", "March 7th, 2026", "7. März 2026", "7 mars 2026"),
        *("7 de marzo de 2026", "7 Mar 2026", "2026年3月7日", "07-03-26", "le 7 mars 2026", "1 and 7 March 2026"),
    ],
)
def test_a_day_is_read_as_it_is_written(text: str) -> None:
    assert day_in(text, month_first=False) == date(2026, 3, 7)


@pytest.mark.parametrize("text", ["", "31.02.2026", "soon", "99/99/2026", "1.2.3", "30 days", "5 lines 2026"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert day_in(text, month_first=False) is None


def test_whether_the_month_comes_first_is_told_by_the_other_days_or_the_currency() -> None:
    assert is_month_first(["01/02/2026", "03/31/2026"], "EUR")
    assert not is_month_first(["01/02/2026", "31/03/2026"], "USD")
    assert is_month_first(["01/02/2026"], "USD")
    assert not is_month_first(["01.02.2026"], "USD")
