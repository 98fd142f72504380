"""Labels and their values: beside or below one another in a table, or in a line of text with or without a colon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from language_worker.providers.embedded_invoices.figures import Mark, figure_of
from language_worker.providers.embedded_invoices.rows import Row
from language_worker.providers.embedded_invoices.words import LABELS, folded, percent_in

Pair = tuple[str, str]
LABEL_WORDS_MAX = 5
_FIGURE_WORDS_MAX = 4
_WITHOUT_COLON = frozenset({"number", "issued_on", "due_on"})
# Would be taken for a label in any sentence.
_TOO_SHORT = frozenset({"no", "number", "date", "due", "data", "datum", "fecha", "issued"})


def field_of(label: str) -> str | None:
    """Tell which field a label names."""
    return LABELS.get(folded(label))


def is_label(text: str) -> bool:
    """Tell whether a text is a label, or names a rate as that of a tax."""
    return field_of(text) is not None or _is_tax(text)


def pairs_of(row: Row, above: Row | None, decimal: Mark) -> Iterator[Pair]:
    """Give the labels of a row with their values; `above` is the row before, if of the same table."""
    cells = [cell for cell in row.cells if cell]
    if above is not None and _is_head(above) and not _is_head(row):
        yield from ((label, value) for label, value in zip(above.cells, row.cells, strict=False) if label and value)
    elif len(cells) == 1:
        yield from line_pairs(cells[0], decimal)
    elif not _is_head(row):
        yield from _beside(cells, decimal)


def line_pairs(text: str, decimal: Mark) -> Iterator[Pair]:
    """Give the labels of a line of text; one whose value is to come has an empty one."""
    starts = list(_with_colon(text.split()))
    words = text.split()
    for number, (start, end) in enumerate(starts):
        until = starts[number + 1][0] if number + 1 < len(starts) else len(words)
        yield " ".join(words[start:end]).rstrip(": ："), " ".join(words[end:until]).lstrip(": ")
    if not starts:
        label, found, value = text.replace("：", ":").partition(":")
        if found and value.strip():
            yield label.strip(), value.strip()
        yield from _without_colon(words, decimal)


def _with_colon(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Give where known labels with a colon begin and end, in words."""
    free = 0
    for place, word in enumerate(words):
        if not word.endswith((":", "：")):
            continue
        first = next(
            (
                start
                for start in range(max(free, place - LABEL_WORDS_MAX), place + 1)
                if is_label(_label(words, start, place))
            ),
            None,
        )
        if first is not None:
            yield first, place + 1
            free = place + 1


def _label(words: Sequence[str], start: int, place: int) -> str:
    return " ".join(words[start : place + 1]).rstrip(": ：")


def _without_colon(words: Sequence[str], decimal: Mark) -> Iterator[Pair]:
    for size in range(min(_FIGURE_WORDS_MAX, len(words) - 1), 0, -1):
        label, value = " ".join(words[:-size]), " ".join(words[-size:])
        if is_label(label) and figure_of(value, decimal) is not None:
            yield label, value
            return
    for size in range(min(LABEL_WORDS_MAX, len(words) - 1), 0, -1):
        label = " ".join(words[:size])
        if field_of(label) in _WITHOUT_COLON and folded(label) not in _TOO_SHORT:
            yield label, " ".join(words[size:])
            return


def _beside(cells: Sequence[str], decimal: Mark) -> Iterator[Pair]:
    place = 0
    while place < len(cells):
        label = cells[place].rstrip(": ：")
        if place + 1 < len(cells) and (is_label(label) or place + 2 == len(cells)):
            yield label, cells[place + 1]
            place += 2
        else:
            yield from line_pairs(cells[place], decimal)
            place += 1


def _is_head(row: Row) -> bool:
    cells = [cell for cell in row.cells if cell]
    return row.table > 0 and len(cells) > 1 and all(field_of(cell.rstrip(":")) is not None for cell in cells)


def _is_tax(text: str) -> bool:
    split = percent_in(text)
    return split is not None and len(split[0].split()) < LABEL_WORDS_MAX
