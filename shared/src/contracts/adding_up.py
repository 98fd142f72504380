"""Whether the figures of an invoice add up, also of one that lacks some or is not read yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation, localcontext

CENT = Decimal("0.01")
# ISO 4217: the currencies that have no hundredths, and those that have thousandths.
_WITHOUT = (
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
)
_WITH_THREE_DIGITS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_UNITS = {**dict.fromkeys(_WITHOUT, Decimal(1)), **dict.fromkeys(_WITH_THREE_DIGITS, Decimal("0.001"))}
Contradiction = tuple[tuple[int | str, ...], str]


def unit_of(currency: object) -> Decimal:
    """Give the smallest unit of a currency: that much may be lost by rounding."""
    return _UNITS.get(currency, CENT) if isinstance(currency, str) else CENT


def contradictions(invoice: Mapping[str, object]) -> Iterator[Contradiction]:
    """Give where the figures of an invoice contradict one another, with the figures.

    What is missing or no figure contradicts nothing. Takes the fields of an `Invoice`, of its types or as in JSON.
    """
    with localcontext(prec=60):
        unit = unit_of(invoice.get("currency"))
        products = [each for each in _list(invoice.get("products")) if isinstance(each, Mapping)]
        yield from _of_products(products, unit)
        yield from _of_totals(invoice, products, unit)
    issued, due = _day(invoice.get("issued_on")), _day(invoice.get("due_on"))
    if issued and due and due < issued:
        yield ("due_on",), f"expected a day from the one of issue, {issued}, on; found {due}"


def _of_products(products: Sequence[Mapping[str, object]], unit: Decimal) -> Iterator[Contradiction]:
    for number, product in enumerate(products):
        quantity, price, amount = (_figure(product.get(name)) for name in ("quantity", "unit_price", "amount"))
        if quantity is not None and price is not None and amount is not None and abs(quantity * price - amount) > unit:
            told = f"expected {_said(quantity * price)}, as {_said(quantity, least=0)} times {_said(price)} is"
            yield ("products", number, "amount"), f"{told}; found {_said(amount)}"


def _of_totals(
    invoice: Mapping[str, object], products: Sequence[Mapping[str, object]], unit: Decimal
) -> Iterator[Contradiction]:
    subtotal, total = _figure(invoice.get("subtotal")), _figure(invoice.get("total"))
    amounts = [_figure(product.get("amount")) for product in products]
    lines = sum((amount for amount in amounts if amount is not None), Decimal(0))
    if subtotal is not None and amounts and None not in amounts and abs(lines - subtotal) > unit:
        told = f"expected {_said(lines)}, the sum of the {len(amounts)} amounts"
        yield ("subtotal",), f"{told}; found {_said(subtotal)}"
    taxes = [_figure(tax.get("amount")) if isinstance(tax, Mapping) else None for tax in _list(invoice.get("taxes"))]
    added = sum((tax for tax in taxes if tax is not None), Decimal(0))
    if subtotal is not None and total is not None and None not in taxes and abs(subtotal + added - total) > unit:
        told = f"expected {_said(subtotal + added)}, the subtotal {_said(subtotal)} and taxes of {_said(added)}"
        yield ("total",), f"{told}; found {_said(total)}"


def _figure(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, Decimal | int | float | str):
        return None
    try:
        figure = Decimal(str(value))
    except InvalidOperation:
        return None
    # Beyond, it is none that an invoice may have; and its digits would fill the message.
    return figure if figure.is_finite() and abs(figure.adjusted()) <= 18 else None


def _said(figure: Decimal, least: int = 2) -> str:
    """Write a figure with at least so many digits behind the point."""
    digits = figure.normalize().as_tuple().exponent
    return f"{figure:.{max(least, -digits if isinstance(digits, int) else least)}f}"


def _day(value: object) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()
