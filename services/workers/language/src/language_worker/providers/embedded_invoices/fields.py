"""Which field of an invoice is which: the rule for prompt `extract-invoice`.

1. What the document does not say is null, but for two things that follow: a subtotal that is the total less its taxes,
   and the total of a document that has but an amount due.
2. Nothing is checked here: whether it is an invoice, and adds up, is for `contracts.invoices` to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

import orjson

from language_worker.prompts.filling import Value
from language_worker.providers.embedded_invoices.days import day_in, is_month_first
from language_worker.providers.embedded_invoices.figures import Mark, currency_in, decimal_mark, figure_of
from language_worker.providers.embedded_invoices.labelled import Pair, field_of, line_pairs, pairs_of
from language_worker.providers.embedded_invoices.products import Lines
from language_worker.providers.embedded_invoices.rows import Row, rows_of
from language_worker.providers.embedded_invoices.words import LEGAL_FORMS, SIGNED, TITLES, UNSIGNED, folded, percent_in

_CODE = re.compile(r"[A-Z]{3}")
_WEAK_NUMBERS = frozenset({"no", "number", "invoice", "rechnung", "facture", "factura", "fattura"})
_NUMBER_CHARACTERS_MAX = 60
_BLOCK_LINES_MAX = 6


def invoice_json_of(values: Mapping[str, Value]) -> str:
    """Read the invoice of variable `document`, and give its fields as JSON."""
    return orjson.dumps(invoice_fields(str(values["document"]))).decode()


def invoice_fields(markdown: str) -> dict[str, Any]:
    """Read the fields of `contracts.invoices.Invoice`, with null for what is not there."""
    rows = [row for row in rows_of(markdown) if any(row.cells) or not row.table]
    decimal = decimal_mark(cell for row in rows for cell in _values(row))
    lines, rest = Lines(decimal), list[Row]()
    for row in rows:
        if not lines.take(row):
            rest.append(row)
    found = _Found(decimal)
    found.read(rest)
    figures = [cell for row in rows for cell in row.cells if any(map(str.isdigit, cell))]
    return found.fields(lines.products, next(filter(None, map(currency_in, figures)), None))


@dataclass(slots=True)
class _Found:
    """What the labels of a document say, as far as it was read."""

    decimal: Mark
    texts: dict[str, str] = field(default_factory=dict)
    sums: dict[str, Decimal] = field(default_factory=dict)
    taxes: list[dict[str, str | None]] = field(default_factory=list)
    signed: list[Pair] = field(default_factory=list)
    parties: dict[str, list[str]] = field(default_factory=dict)
    tax_ids: dict[str, str] = field(default_factory=dict)
    currencies: list[str] = field(default_factory=list)
    letterhead: list[str] = field(default_factory=list)
    _party: str = "seller"
    _block: list[str] | None = None

    def read(self, rows: Sequence[Row]) -> None:
        """Read the rows that are no lines of the invoice."""
        for above, row in pairwise([Row(()), *rows]):
            if self._goes_on(row):
                continue
            pairs = list(pairs_of(row, above if above.table and above.table == row.table else None, self.decimal))
            self._block = None
            for label, value in pairs:
                self._take(label, value)
            text = row.cells[0] if row.cells else ""
            if not pairs and not self.texts and text and folded(text) not in TITLES:
                self.letterhead.append(text)

    def _goes_on(self, row: Row) -> bool:
        """Take a line of the block of a party that stands below its label."""
        text = row.cells[0] if row.cells else ""
        if self._block is None or row.table or len(self._block) >= _BLOCK_LINES_MAX:
            return False
        if not text:
            return not self._block  # It is yet to come.
        if any(field_of(label) for label, _ in line_pairs(text, self.decimal)):
            return False
        self._block.append(text)
        return True

    def _take(self, label: str, value: str) -> None:
        name = field_of(label)
        if _is_signature(value):
            self.signed.append((label, value))
        elif name in ("seller", "buyer"):
            self._party = name
            self._block = self.parties.setdefault(name, [])
            if value:
                self._block.append(value)
                self._block = None
        elif name == "number":
            self._take_number(label, value)
        elif name in ("issued_on", "due_on") and any(map(str.isdigit, value)):
            self.texts.setdefault(name, value)
        elif name == "currency" and (code := _CODE.search(value) or currency_in(value)):
            self.currencies.append(code if isinstance(code, str) else code[0])
        elif name == "tax_id" and value:
            self.tax_ids.setdefault(self._party, value)
        else:
            self._take_figure(name, label, value)

    def _take_number(self, label: str, value: str) -> None:
        if not any(map(str.isdigit, value)) or len(value) > _NUMBER_CHARACTERS_MAX:
            return
        weak = folded(label) in _WEAK_NUMBERS
        if weak and day_in(value, month_first=False) is not None:
            return
        self.texts.setdefault("weak number" if weak else "number", value)

    def _take_figure(self, name: str | None, label: str, value: str) -> None:
        split, amount = percent_in(label), figure_of(value, self.decimal)
        if name == "tax" and split is None and (inside := percent_in(value)):
            split, amount = (label, inside[1]), figure_of(inside[0], self.decimal)
        if split is not None:
            name = field_of(split[0]) or name or "tax"
        if amount is None:
            if name == "tax" and any(map(str.isdigit, value)):
                self.tax_ids.setdefault(self._party, value)
            return
        if name == "tax":
            title = (split[0] if split else label).strip(" :") or "Tax"
            self.taxes.append({"name": title, "rate": split[1] if split else None, "amount": f"{amount:f}"})
        elif name in ("subtotal", "total", "owed"):
            self.sums.setdefault(name, amount)
            self.currencies += filter(None, [currency_in(value)])

    def fields(self, products: Sequence[dict[str, str | None]], currency: str | None) -> dict[str, Any]:
        """Give the fields of the invoice."""
        currency = self.currencies[0] if self.currencies else currency
        days = [*self.texts.values(), *(value for _, value in self.signed)]
        month_first = is_month_first(days, currency)

        def day(text: str | None) -> str | None:
            found = day_in(text, month_first=month_first) if text else None
            return found.isoformat() if found else None

        total = self.sums.get("total", self.sums.get("owed"))
        subtotal = self.sums.get("subtotal")
        if subtotal is None and total is not None:
            subtotal = total - sum((Decimal(tax["amount"] or 0) for tax in self.taxes), Decimal(0))
        return {
            "number": self.texts.get("number", self.texts.get("weak number")),
            "issued_on": day(self.texts.get("issued_on")),
            "due_on": day(self.texts.get("due_on")),
            "seller": self._named("seller") or self._from_letterhead(),
            "buyer": self._named("buyer"),
            "products": list(products),
            "currency": currency,
            "subtotal": None if subtotal is None else f"{subtotal:f}",
            "taxes": self.taxes,
            "total": None if total is None else f"{total:f}",
            "signatures": [
                {
                    "type": label,
                    "has_signature": folded(value) not in UNSIGNED,
                    "signed_on": day(value),
                }
                for label, value in self.signed
            ],
        }

    def _named(self, role: str) -> dict[str, str | None] | None:
        said = self.parties.get(role)
        return _party(said, self.tax_ids.get(role)) if said else None

    def _from_letterhead(self) -> dict[str, str | None] | None:
        return _party(self.letterhead[:_BLOCK_LINES_MAX], self.tax_ids.get("seller")) if self.letterhead else None


def _is_signature(value: str) -> bool:
    """Tell whether a value says that somebody has signed, with or without a day, or has not; no name says just that."""
    text = folded(value)
    said = text in UNSIGNED or text in SIGNED
    days = (day_in(value, month_first=first) for first in (True, False))
    return said or (text.startswith(SIGNED) and any(days))


def _party(said: Sequence[str], tax_id: str | None) -> dict[str, str | None] | None:
    parts = [part.strip() for line in said for part in line.split(",") if part.strip()]
    if not parts:
        return None
    name = parts.pop(0)
    while parts and folded(parts[0]) in LEGAL_FORMS:
        name = f"{name}, {parts.pop(0)}"
    return {"name": name, "address": ", ".join(parts) or None, "tax_id": tax_id}


def _values(row: Row) -> Sequence[str]:
    return row.cells if row.table else [row.cells[0].rpartition(":")[2]]
