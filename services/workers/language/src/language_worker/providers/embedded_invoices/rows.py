"""A Markdown document as rows: those of tables by their cells, other lines as one.

1. Tables are read as pipes and, as Azure AI Document Intelligence writes them, as HTML.
2. Time is in proportion to the length of the document, whatever stands in it: no pattern looks further than a tag.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

CELL_CHARACTERS_MAX = 1_000
_TAG = re.compile(r"</?[a-z][^<>]{0,200}>", re.IGNORECASE)
_ROW_TAG = re.compile(r"</?tr\b[^<>]{0,200}>", re.IGNORECASE)
_CELL_TAG = re.compile(r"<t[dh]\b([^<>]{0,200})>", re.IGNORECASE)
_SPAN = re.compile(r"colspan\s*=\s*[\"']?(\d{1,2})", re.IGNORECASE)
_RULE = re.compile(r":?-+:?")
_EMPHASIS = re.compile(r"\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|`")
_MARKER = re.compile(r"^\s*(#{1,6}\s+|[-*+]\s+|>\s*)")
_UNESCAPED_PIPE = re.compile(r"(?<!\\)\|")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|])")
# White space, but for what holds the digits of a figure together.
_WIDE = re.compile(r"(?:(?![\u00a0\u2009\u202f])\s|(?<!\d)\s|\s(?!\d))+")
# What workbooks have in cells without a value, as the converter writes them.
_NOTHING = re.compile(r"NaN|nan|Unnamed: \d+")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, or a line of text (`table` is 0); a cell that holds nothing is empty."""

    cells: tuple[str, ...]
    table: int = 0


def rows_of(markdown: str) -> list[Row]:
    """Read a document in its order."""
    rows: list[Row] = []
    text = "\n".join(outside for outside, _ in _parts(markdown, "<!--", "-->"))
    for outside, table in _parts(text, "<table", "</table"):
        rows += _text_rows(outside, len(rows) + 1)
        number = len(rows) + 1
        rows += [Row(tuple(map(_cleaned, cells)), number) for cells in _html_cells(table)]
    return rows


def _parts(text: str, start: str, end: str) -> Iterator[tuple[str, str]]:
    """Give what stands outside of these marks, each time with what then stands between two of them."""
    folded = text.lower() if text.isascii() else _lower(text)
    place = 0
    while (found := folded.find(start, place)) >= 0 and (until := folded.find(end, found)) >= 0:
        yield text[place:found], text[found:until]
        place = until + len(end)
    yield text[place:], ""


def _lower(text: str) -> str:
    # Letter by letter, as the small form of some letters is two.
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def _text_rows(text: str, first: int) -> Iterator[Row]:
    table = first
    inside = False
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("|") or (inside and stripped.count("|") > 1):
            inside = True
            cells = _UNESCAPED_PIPE.split(stripped.strip("|"))
            if not all(_RULE.fullmatch(cell.strip()) for cell in cells):
                yield Row(tuple(map(_cleaned, cells)), table)
        else:
            table += inside
            inside = False
            yield Row((_cleaned(_MARKER.sub("", line)),))


def _cleaned(text: str) -> str:
    text = _TAG.sub(" ", _EMPHASIS.sub("", text[:CELL_CHARACTERS_MAX]))
    text = _WIDE.sub(" ", html.unescape(text)).strip()
    text = _ESCAPED.sub(r"\1", text)
    return "" if _NOTHING.fullmatch(text) else text


def _html_cells(table: str) -> Iterator[list[str]]:
    for row in _ROW_TAG.split(table):
        _, *tagged = _CELL_TAG.split(row)
        cells: list[str] = []
        for attributes, content in zip(tagged[::2], tagged[1::2], strict=True):
            span = _SPAN.search(attributes)
            # An empty cell for each column that this one lies over as well, so that the others stay in theirs.
            cells += [content, *[""] * (int(span[1]) - 1 if span else 0)]
        if cells:
            yield cells
