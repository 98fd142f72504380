"""What figures mean: 1,234.56 and 1.234,56, with signs of currencies, and which of the two a document writes.

1. A figure that can be read in one way is. One that can be read in two (1,234) is read as its document's others are.
2. A currency is found beside figures, by its code or its sign.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

Mark = Literal[".", ","]
_SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY", "円": "JPY", "₹": "INR", "₩": "KRW", "zł": "PLN", "$": "USD"}
# The codes that stand beside figures; any other three letters may be a word.
_LISTED = (
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KRW KWD MAD MXN MYR NOK "
    "NZD PEN PHP PLN QAR RON RUB SAR SEK SGD THB TND TRY TWD UAH USD UYU VND ZAR"
)
_CODES = frozenset(_LISTED.split())
_CURRENCY = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(sorted(_CODES))})(?![A-Za-z])|{'|'.join(map(re.escape, _SIGNS))}")
_DIGITS = r"\d(?:[\d.,'’\s]*\d)?"
_FIGURE = re.compile(rf"(?P<open>\()?\s*(?P<minus>[-−–])?\s*(?P<digits>{_DIGITS})\s*(?P<after>[-−])?\s*(?P<close>\))?")
_SPACES = re.compile(r"[\s'’]")
_BUNDLED = re.compile(r"\d{1,3}([.,'’\s]\d{3})+([.,]\d+)?|\d+([.,]\d+)?|\d{1,3}(,\d{2,3})+(\.\d+)?")
_DIGITS_MAX = 24


def currency_in(text: str) -> str | None:
    """Find the code of a currency beside a figure."""
    found = _CURRENCY.search(text)
    return _SIGNS.get(found[0], found[0]) if found else None


def figure_of(text: str, decimal: Mark) -> Decimal | None:
    """Read a text that is a figure, with or without a currency; `None` if it is none."""
    found = _FIGURE.fullmatch(_CURRENCY.sub(" ", text).strip())
    if found is None or not _BUNDLED.fullmatch(found["digits"]) or len(found["digits"]) > _DIGITS_MAX:
        return None
    value = Decimal(_plain(found["digits"], decimal))
    return -value if found["minus"] or found["after"] or (found["open"] and found["close"]) else value


def quantity_of(text: str, decimal: Mark) -> Decimal | None:
    """Read a figure that may have a unit behind it, as in `12 kg`."""
    found = re.match(rf"\s*[-−]?\s*{_DIGITS}(?=\s|[^\d\s.,]|$)", text)
    return figure_of(text, decimal) if found is None else figure_of(found[0], decimal)


def decimal_mark(texts: Iterable[str]) -> Mark:
    """Tell which mark stands before the decimals in these figures; a point, if they do not say."""
    votes: Counter[Mark] = Counter()
    for text in texts:
        found = _FIGURE.fullmatch(_CURRENCY.sub(" ", text).strip())
        figure = found["digits"] if found and _BUNDLED.fullmatch(found["digits"]) else ""
        mark = _certain_mark(_SPACES.sub("", figure))
        if mark is not None:
            votes[mark] += 1
    return "," if votes[","] > votes["."] else "."


def _plain(digits: str, decimal: Mark) -> str:
    spaced = bool(_SPACES.search(digits))
    digits = _SPACES.sub("", digits)
    mark = _certain_mark(digits) or decimal
    if spaced and digits.count(".") + digits.count(",") == 1:
        # Where blanks bundle the digits, a mark does not.
        mark = "." if "." in digits else ","
    return digits.replace("," if mark == "." else ".", "").replace(mark, ".")


def _certain_mark(digits: str) -> Mark | None:
    """Tell which mark is the decimal one of a figure that can be read in one way."""
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        return "." if digits.rindex(".") > digits.rindex(",") else ","
    if points > 1 or commas > 1:
        return "," if points else "."
    if points + commas == 0:
        return None
    mark: Mark = "." if points else ","
    whole, _, rest = digits.partition(mark)
    return mark if len(rest) != 3 or whole == "0" or len(whole) > 3 else None
