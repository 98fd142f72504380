"""Functions of dates and times: ISO 8601 texts in UTC, milliseconds since 1970, and ticks of 100 nanoseconds.

1. A moment is a number of ticks since 1970; texts are written with seven digits behind the second and a Z.
2. A text that is no date, or a part of one that nobody knows, makes the result undefined.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import trunc

from emulators.cosmos.sql.builtin.function import Run, table
from emulators.cosmos.sql.values import UNDEFINED, Value, is_number

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 10_000_000
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?)?)?)?)?(Z|[+-]\d\d:\d\d)?"
)
_UNITS = {
    "day": 86_400 * _SECOND,
    "hour": 3_600 * _SECOND,
    "minute": 60 * _SECOND,
    "second": _SECOND,
    "millisecond": 10_000,
    "microsecond": 10,
    "nanosecond": 1,
}
_NAMES = {
    **dict.fromkeys(("year", "yyyy", "yy"), "year"),
    **dict.fromkeys(("month", "mm", "m"), "month"),
    **dict.fromkeys(("weekday", "dw", "w"), "weekday"),
    **dict.fromkeys(("day", "dd", "d"), "day"),
    **dict.fromkeys(("hour", "hh"), "hour"),
    **dict.fromkeys(("minute", "mi", "n"), "minute"),
    **dict.fromkeys(("second", "ss", "s"), "second"),
    **dict.fromkeys(("millisecond", "ms"), "millisecond"),
    **dict.fromkeys(("microsecond", "mcs"), "microsecond"),
    **dict.fromkeys(("nanosecond", "ns"), "nanosecond"),
}


def ticks_of(moment: datetime) -> int:
    """Return the ticks since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 10


def date_text(ticks: int) -> Value:
    """Return the text of a moment; undefined beyond the years 1 to 9999."""
    seconds, rest = divmod(ticks, _SECOND)
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return UNDEFINED
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:07d}Z".zfill(28)


def _ticks(text: Value) -> int | None:
    match = _DATE.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    clock = timedelta(hours=int(hour or 0), minutes=int(minute or 0), seconds=int(second or 0))
    try:
        moment = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC) + clock
    except ValueError:
        return None
    offset = 0 if zone in {None, "Z"} else (int(zone[1:3]) * 60 + int(zone[4:])) * (-1 if zone[0] == "-" else 1)
    return ticks_of(moment) + int((fraction or "0").ljust(7, "0")) - offset * _UNITS["minute"]


def _unit(name: Value) -> str | None:
    return _NAMES.get(name.lower()) if isinstance(name, str) else None


def _date(ticks: int) -> datetime:
    return _EPOCH + timedelta(microseconds=ticks // 10)


def _add(name: Value, amount: Value, text: Value) -> Value:
    unit, ticks = _unit(name), _ticks(text)
    if unit in {None, "weekday"} or ticks is None or not is_number(amount):
        return UNDEFINED
    assert unit is not None
    if unit in _UNITS:
        step = _UNITS[unit] if unit != "nanosecond" else 0.01
        return date_text(ticks + trunc(trunc(amount) * step))
    try:
        return date_text(_months_later(ticks, trunc(amount) * (12 if unit == "year" else 1)))
    except (ValueError, OverflowError):
        return UNDEFINED


def _months_later(ticks: int, months: int) -> int:
    moment = _date(ticks)
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    moved = moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))
    return ticks_of(moved) + ticks % 10


def _difference(name: Value, start: Value, end: Value) -> Value:
    unit, first, last = _unit(name), _ticks(start), _ticks(end)
    if unit in {None, "weekday"} or first is None or last is None:
        return UNDEFINED
    assert unit is not None
    if unit == "nanosecond":
        return (last - first) * 100
    if unit in _UNITS:
        return last // _UNITS[unit] - first // _UNITS[unit]
    one, other = _date(first), _date(last)
    months = (other.year - one.year) * 12 + other.month - one.month
    return months if unit == "month" else other.year - one.year


def _part(name: Value, text: Value) -> Value:
    unit, ticks = _unit(name), _ticks(text)
    if unit is None or ticks is None:
        return UNDEFINED
    rest = ticks % _SECOND
    below = {"millisecond": rest // 10_000, "microsecond": rest // 10, "nanosecond": rest * 100}
    if unit in below:
        return below[unit]
    moment = _date(ticks)
    return moment.isoweekday() % 7 + 1 if unit == "weekday" else int(getattr(moment, unit))


def _from_parts(*parts: Value) -> Value:
    numbers = [trunc(part) for part in parts if is_number(part)]
    if len(numbers) != len(parts):
        return UNDEFINED
    rest = numbers[6] if len(numbers) > 6 else 0
    try:
        moment = datetime(*numbers[:6], tzinfo=UTC)  # type: ignore[misc,arg-type]  # At most six, see above.
    except ValueError:
        return UNDEFINED
    return date_text(ticks_of(moment) + rest) if 0 <= rest < _SECOND else UNDEFINED


def _bin(text: Value, name: Value, size: Value = 1, origin: Value = "1970-01-01T00:00:00.0000000Z") -> Value:
    unit, ticks, start = _unit(name), _ticks(text), _ticks(origin)
    if unit not in _UNITS or ticks is None or start is None or not is_number(size) or size <= 0:
        return UNDEFINED
    width = max(1, trunc(size) * _UNITS[unit] // (100 if unit == "nanosecond" else 1))
    return date_text(start + (ticks - start) // width * width)


def _of_date(change: Callable[[int], Value]) -> Run:
    def function(text: Value) -> Value:
        ticks = _ticks(text)
        return UNDEFINED if ticks is None else change(ticks)

    return function


def _to_date(factor: int) -> Run:
    return lambda value: date_text(trunc(value) * factor) if is_number(value) else UNDEFINED


DATE_FUNCTIONS = table(
    [
        ("DATETIMEADD", 3, 3, _add),
        ("DATETIMEBIN", 2, 4, _bin),
        ("DATETIMEDIFF", 3, 3, _difference),
        ("DATETIMEFROMPARTS", 3, 7, _from_parts),
        ("DATETIMEPART", 2, 2, _part),
        ("DATETIMETOTICKS", 1, 1, _of_date(lambda ticks: ticks)),
        ("DATETIMETOTIMESTAMP", 1, 1, _of_date(lambda ticks: ticks // 10_000)),
        ("TICKSTODATETIME", 1, 1, _to_date(1)),
        ("TIMESTAMPTODATETIME", 1, 1, _to_date(10_000)),
    ]
)
