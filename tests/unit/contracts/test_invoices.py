from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.invoices import REASONS_MAX, InvalidInvoice, Invoice, InvoiceReceived, reasons_of

TENANT = "5f0c1a52-8f5e-4f0e-9d57-6a1a52c1d001"


def an_invoice(**changes: Any) -> dict[str, Any]:
    return {
        "number": "42",
        "issued_on": "2026-03-14",
        "seller": {"name": "Chandlers"},
        "products": [
            {"quantity": "3", "unit_price": "19.99", "amount": "59.97"},
            {"quantity": "0.5", "unit_price": "0.03", "amount": "0.02"},
        ],
        "currency": "EUR",
        "subtotal": "59.99",
        "taxes": [{"name": "VAT", "rate": "20", "amount": "12.00"}],
        "total": "71.99",
        **changes,
    }


def reasons(data: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Invoice.model_validate(data)
    return reasons_of(caught.value)


def test_an_invoice_that_adds_up_is_one_and_its_money_is_decimal() -> None:
    invoice = Invoice.model_validate(an_invoice(due_on="2026-04-13"))

    assert invoice.total == Decimal("71.99")
    assert invoice.due_on == date(2026, 4, 13)
    assert Invoice.model_validate_json(invoice.model_dump_json()) == invoice


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"total": "72.99"}, "total: expected 71.99, the subtotal 59.99 and taxes of 12.00; found 72.99"),
        (
            {"subtotal": "58.99", "total": "70.99"},
            "subtotal: expected 59.99, the sum of the 2 amounts; found 58.99",
        ),
        (
            {"products": [{"quantity": "2", "unit_price": "30.10", "amount": "59.99"}]},
            "products.0.amount: expected 60.20, as 2 times 30.10 is; found 59.99",
        ),
        ({"due_on": "2026-03-13"}, "due_on: expected a day from the one of issue, 2026-03-14, on; found 2026-03-13"),
        ({"products": []}, "products: List should have at least 1 item after validation, not 0"),
        ({"currency": "Euro"}, "currency: String should match pattern '^[A-Z]{3}$'"),
        ({"issued_on": 20260314}, "issued_on: expected a day as YYYY-MM-DD"),
        ({"number": " "}, "number: String should have at least 1 character"),
        ({"total": "NaN"}, "total: Input should be a finite number"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_figures(changes: dict[str, Any], told: str) -> None:
    assert reasons(an_invoice(**changes)) == [told]


def test_every_reason_is_told_at_once_also_when_parts_are_missing() -> None:
    data = an_invoice(total="100", subtotal="50", due_on="2026-01-01")
    del data["number"], data["seller"]

    assert reasons(data) == [
        "number: expected a value; found none",
        "seller: expected a value; found none",
        "subtotal: expected 59.99, the sum of the 2 amounts; found 50.00",
        "total: expected 62.00, the subtotal 50.00 and taxes of 12.00; found 100.00",
        "due_on: expected a day from the one of issue, 2026-03-14, on; found 2026-01-01",
    ]


def test_a_cent_may_be_lost_by_rounding_and_a_yen_where_there_are_no_cents() -> None:
    Invoice.model_validate(an_invoice(total="72.00"))
    yen = {
        "currency": "JPY",
        "products": [{"quantity": "1.5", "unit_price": "4333", "amount": "6500"}],
        "subtotal": "6500",
        "taxes": [],
        "total": "6500",
    }

    Invoice.model_validate(an_invoice(**yen))
    assert len(reasons(an_invoice(**{**yen, "currency": "EUR"}))) == 1


@pytest.mark.parametrize("data", [None, [], "x", {}, {"products": [None, 3], "taxes": "x", "total": {}}])
def test_what_is_no_invoice_at_all_is_told_to_be_none(data: object) -> None:
    assert reasons(data)


def test_huge_figures_are_refused_and_do_not_fill_the_message() -> None:
    told = "; ".join(reasons(an_invoice(total="1e999999", subtotal="9" * 5000)))

    assert len(told) < 1000


def test_of_very_many_reasons_the_number_is_told() -> None:
    told = reasons(an_invoice(products=[{}] * 150))

    assert len(told) == REASONS_MAX + 1
    assert told[-1] == f"and {150 * 3 - REASONS_MAX} more"


def test_nothing_that_a_document_says_stands_in_a_reason() -> None:
    told = "; ".join(reasons(an_invoice(number={"secret": "sesame"}, currency="sesame", issued_on="sesame")))

    assert "sesame" not in told


def test_an_invalid_invoice_carries_its_reasons_as_data() -> None:
    error = InvalidInvoice(["number: none", "total: wrong"])

    assert error.details == {"reasons": ["number: none", "total: wrong"]}
    assert str(error) == "expected a valid invoice; found number: none; total: wrong"


def test_what_is_wrong_with_a_request_is_told_all_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        InvoiceReceived.model_validate({"tenant_id": "me", "source": {"name": "../x"}, "media_type": "pdf"})

    assert [fault["loc"] for fault in caught.value.errors()] == [("tenant_id",), ("source", "name"), ("media_type",)]


def test_the_json_may_not_be_written_over_the_document() -> None:
    place = {"name": "in/a.pdf"}

    with pytest.raises(ValidationError, match="expected a target other than the source"):
        InvoiceReceived.model_validate(
            {"tenant_id": TENANT, "source": place, "media_type": "application/pdf", "target": place}
        )
