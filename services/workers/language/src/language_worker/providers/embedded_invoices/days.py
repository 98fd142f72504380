"""What days mean: numbers in any order, and names of months in five languages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from language_worker.providers.embedded_invoices.words import folded

_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_CHINESE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_DAY_NAME_YEAR = re.compile(
    r"(?<!\d)(\d{1,2})(?:\.|st|nd|rd|th|er|º)?\s*(?:de\s+)?([^\W\d]{3,})\.?,?\s*(?:del?\s+)?(\d{4})"
)
_NAME_DAY_YEAR = re.compile(r"([^\W\d]{3,})\.?\s*(\d{1,2})(?:st|nd|rd|th)?,?\s*(\d{4})")
_MONTHS = (
    ("january", "januar", "janvier", "enero", "gennaio", "jan", "janv", "ene", "gen"),
    ("february", "februar", "fevrier", "febrero", "febbraio", "feb", "fev", "fevr"),
    ("march", "marz", "maerz", "mars", "marzo", "mar", "mrz"),
    ("april", "avril", "abril", "aprile", "apr", "avr", "abr"),
    ("may", "mai", "mayo", "maggio", "mag"),
    ("june", "juni", "juin", "junio", "giugno", "jun", "giu"),
    ("july", "juli", "juillet", "julio", "luglio", "jul", "juil", "lug"),
    ("august", "aout", "agosto", "aug", "ago"),
    ("september", "septembre", "septiembre", "settembre", "sep", "sept", "set"),
    ("october", "oktober", "octobre", "octubre", "ottobre", "oct", "okt", "ott"),
    ("november", "novembre", "noviembre", "nov"),
    ("december", "dezember", "decembre", "diciembre", "dicembre", "dec", "dez", "dic"),
)
_NUMBER_OF_MONTH = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names}


def is_month_first(texts: Iterable[str], currency: str | None) -> bool:
    """Tell whether a document writes the month before the day; if its days do not say, those who pay in dollars do."""
    for text in texts:
        found = _YEAR_LAST.search(text)
        if found and int(found[1]) > 12:
            return False
        if found and int(found[3]) > 12:
            return True
        if found and found[2] == ".":
            return False
    return currency == "USD"


def day_in(text: str, *, month_first: bool) -> date | None:
    """Find the first day in a text."""
    found = _YEAR_FIRST.search(text) or _CHINESE.search(text)
    if found:
        return _day(int(found[1]), int(found[2]), int(found[3]))
    found = _YEAR_LAST.search(text)
    if found:
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        month, day = (first, second) if month_first else (second, first)
        return _day(year + 2000 if year < 100 else year, month, day)
    return _named_day(text)


def _named_day(text: str) -> date | None:
    found = _DAY_NAME_YEAR.search(text)
    if found and folded(found[2]) in _NUMBER_OF_MONTH:
        return _day(int(found[3]), _NUMBER_OF_MONTH[folded(found[2])], int(found[1]))
    found = _NAME_DAY_YEAR.search(text)
    if found and folded(found[1]) in _NUMBER_OF_MONTH:
        return _day(int(found[3]), _NUMBER_OF_MONTH[folded(found[1])], int(found[2]))
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
