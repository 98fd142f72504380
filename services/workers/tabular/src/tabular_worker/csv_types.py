"""Which types the texts of a CSV column have, found by looking at all of them.

A column is of the narrowest type that every text of it can be read as and written back from: whole numbers, numbers,
truth values, dates, points in time; else it is text. `007` is text, since the number 7 is not what stands there.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

import pyarrow as pa
import pyarrow.compute as pc

_WHOLE = r"^-?(0|[1-9][0-9]*)$"
_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?$"
_TRUTH = r"^(true|false|True|False|TRUE|FALSE)$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
_EXACT_MAX = 1 << 53


class Kind(Enum):
    """What the texts of a column are, so far."""

    NOTHING = pa.null()
    WHOLE = pa.int64()
    NUMBER = pa.float64()
    TRUTH = pa.bool_()
    DATE = pa.date32()
    LOCAL_TIME = pa.timestamp("us")
    TIME = pa.timestamp("us", "UTC")
    TEXT = pa.string()
    # Whole numbers that no float holds exactly: fractions beside them make the column text.
    LARGE = "large"

    @property
    def type(self) -> pa.DataType:
        """The Arrow type; text for a column without any value."""
        if self is Kind.LARGE:
            return pa.int64()
        return pa.string() if self is Kind.NOTHING else self.value


def kind_of(texts: pa.Array) -> Kind:
    """Tell what the texts are; nulls are passed over."""
    if texts.null_count == len(texts):
        return Kind.NOTHING
    for pattern, kind, sees in _TRIED:
        if _all(pc.match_substring_regex(texts, pattern)):
            try:
                return sees(texts, kind)
            except pa.ArrowInvalid:
                return Kind.TEXT
    return Kind.TEXT


def joined(one: Kind, other: Kind) -> Kind:
    """Give the kind that holds the texts of both."""
    if one is other or other is Kind.NOTHING:
        return one
    if one is Kind.NOTHING:
        return other
    pair = {one, other}
    if pair == {Kind.WHOLE, Kind.NUMBER}:
        return Kind.NUMBER
    return Kind.LARGE if pair == {Kind.WHOLE, Kind.LARGE} else Kind.TEXT


def _whole(texts: pa.Array, kind: Kind) -> Kind:
    numbers = texts.cast(pa.int64())
    bounds = pc.min_max(numbers).as_py()
    return Kind.LARGE if bounds["min"] < -_EXACT_MAX or bounds["max"] > _EXACT_MAX else kind


def _castable(texts: pa.Array, kind: Kind) -> Kind:
    texts.cast(kind.type)
    return kind


def _number(texts: pa.Array, kind: Kind) -> Kind:
    numbers = texts.cast(pa.float64())
    whole = pc.filter(texts, pc.match_substring_regex(texts, _WHOLE))
    exact = _whole(whole, kind) is kind if len(whole) else True
    return kind if exact and _all(pc.is_finite(numbers)) else Kind.TEXT


_TRIED: tuple[tuple[str, Kind, Callable[[pa.Array, Kind], Kind]], ...] = (
    (_WHOLE, Kind.WHOLE, _whole),
    (_NUMBER, Kind.NUMBER, _number),
    (_TRUTH, Kind.TRUTH, _castable),
    (_DATE, Kind.DATE, _castable),
    (_TIME + "$", Kind.LOCAL_TIME, _castable),
    (_TIME + r"(Z|[+-][0-9]{2}:[0-9]{2})$", Kind.TIME, _castable),
)


def _all(truths: pa.Array) -> bool:
    return bool(pc.all(truths).as_py())
