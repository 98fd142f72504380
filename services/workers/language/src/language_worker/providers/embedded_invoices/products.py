"""The lines of an invoice: rows of tables below the names of their columns, and lines of text in columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from language_worker.providers.embedded_invoices.figures import Mark, currency_in, figure_of, quantity_of
from language_worker.providers.embedded_invoices.rows import Row
from language_worker.providers.embedded_invoices.words import COLUMNS, LABELS, folded, percent_in

_UNIT = re.compile(r"\([^()]{0,40}\)|\b(?:in|en)\s+[A-Z]{3}\b|[€$£¥]")
_SUMS = frozenset({"subtotal", "total", "owed", "tax"})
_TEXTUAL = frozenset({"id", "item", "description"})
_HEAD_WORDS_MAX = 16
_SIXTH = Decimal("0.000001")
Columns = Mapping[str, int]


@dataclass(slots=True)
class Lines:
    """What has been found of the lines of an invoice, row by row."""

    decimal: Mark
    products: list[dict[str, str | None]] = field(default_factory=list)
    _columns: Columns | None = None
    _flat: Sequence[str] | None = None
    _width: int = 0

    def take(self, row: Row) -> bool:
        """Take a row that names columns or is a line of an invoice; tell whether it was one."""
        columns = columns_of(row.cells) if row.table else None
        flat = flat_columns(row.cells[0]) if not row.table else None
        if columns is not None:
            self._columns, self._flat, self._width = columns, None, len(row.cells)
            return True
        if flat is not None:
            self._columns, self._flat = {name: place for place, name in enumerate(flat)}, flat
            return True
        cells = self._cells_of(row)
        product = self._product(cells) if cells and not is_sum(cells) else None
        if product is not None:
            self.products.append(product)
        return product is not None

    def _cells_of(self, row: Row) -> Sequence[str] | None:
        if self._columns is None:
            return None
        if self._flat is not None:
            return None if row.table else flat_cells(row.cells[0], self._flat, self.decimal)
        # A table may go on, on the next page, without the names of its columns.
        return row.cells if row.table and len(row.cells) == self._width else None

    def _product(self, cells: Sequence[str]) -> dict[str, str | None] | None:
        columns = self._columns or {}
        texts = {name: cells[place] for name, place in columns.items()}
        amount = figure_of(texts["amount"], self.decimal)
        id, description = _names(texts)
        if amount is None or not (id or description):
            return None
        quantity = quantity_of(texts.get("quantity", ""), self.decimal)
        price = figure_of(texts.get("unit_price", ""), self.decimal)
        quantity, price = _completed(quantity, price, amount)
        return {
            "id": id or None,
            "description": description or None,
            "quantity": f"{quantity:f}",
            "unit_price": f"{price:f}",
            "amount": f"{amount:f}",
        }


def columns_of(cells: Sequence[str]) -> Columns | None:
    """Tell which column is which, if these cells name those of the lines of an invoice."""
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        name = COLUMNS.get(folded(_UNIT.sub(" ", cell)))
        if name is not None:
            found.setdefault(name, place)
    return found if "amount" in found and _TEXTUAL & found.keys() else None


def flat_columns(text: str) -> Sequence[str] | None:
    """Tell which columns a line of text names, if it names nothing else; if it can be cut in several ways, the most."""
    words = _UNIT.sub(" ", text).split()
    if len(words) > _HEAD_WORDS_MAX:
        return None
    cut = max(_cuts(words), key=len, default=[])
    return cut if len(cut) > 2 and "amount" in cut and cut[0] in _TEXTUAL else None


def _cuts(words: Sequence[str]) -> Iterator[list[str]]:
    """Give each way to cut words into the names of different columns."""
    if not words:
        yield []
    for size in range(1, min(3, len(words)) + 1):
        name = COLUMNS.get(folded(" ".join(words[:size])))
        if name is not None:
            yield from ([name, *rest] for rest in _cuts(words[size:]) if name not in rest)


def flat_cells(text: str, columns: Sequence[str], decimal: Mark) -> Sequence[str] | None:
    """Cut a line of text into the cells of its columns: figures from the right, the rest is text."""
    textual = sum(name in _TEXTUAL for name in columns)
    words = [word for word in text.split(" ") if currency_in(word) != word]
    count = len(columns) - textual
    if len(words) <= count or any(figure_of(word, decimal) is None for word in words[-count:]):
        return None
    names = words[:-count]
    texts = [names[0], " ".join(names[1:])] if textual == 2 and len(names) > 1 else [" ".join(names), ""]
    return [*texts[:textual], *words[-count:]]


def is_sum(cells: Sequence[str]) -> bool:
    """Tell whether a row is no line but a sum of lines, or a tax."""
    for cell in cells:
        split = percent_in(cell)
        label = folded(split[0] if split else cell)
        if LABELS.get(label) in _SUMS:
            return True
    named = [cell for cell in cells if cell]
    return len(named) == 2 and percent_in(named[0]) is not None


def _names(texts: Mapping[str, str]) -> tuple[str, str]:
    id, item, description = (texts.get(name, "") for name in ("id", "item", "description"))
    if item and not id and "description" in texts:
        return item, description
    return id, description or item


def _completed(quantity: Decimal | None, price: Decimal | None, amount: Decimal) -> tuple[Decimal, Decimal]:
    if price is None:
        quantity = quantity or Decimal(1)
        exact = amount / quantity
        return quantity, exact if exact == exact.quantize(_SIXTH) else exact.quantize(_SIXTH)
    if quantity is None:
        share = amount / price if price else Decimal(1)
        return (share, price) if share == share.to_integral() else (Decimal(1), price)
    return quantity, price
