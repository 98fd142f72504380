"""Times and spans as XML has them."""

import re
from datetime import UTC, datetime

from emulators.servicebus.admin.complaints import invalid

DAY = 86_400_000
NEVER = "0001-01-01T00:00:00Z"
# The longest span that the service knows; it stands for no end.
FOREVER = "P10675199DT2H48M5.4775807S"
FOREVER_MILLISECONDS = 10_675_199 * DAY

_SPAN = re.compile(r"P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?")
_UNITS = (7 * DAY, DAY, 3_600_000, 60_000, 1000)


def span_in(value: str, name: str) -> int:
    """Milliseconds of a span such as PT1M or P14D; raises `Complaint`."""
    matched = _SPAN.fullmatch(value)
    if matched is None or not any(matched.groups()):
        raise invalid(f"The value '{value}' of {name} is invalid: a span such as PT1M or P14D was expected.")
    return round(sum(float(part or 0) * unit for part, unit in zip(matched.groups(), _UNITS, strict=True)))


def span_text(milliseconds: int) -> str:
    """A span."""
    if milliseconds >= FOREVER_MILLISECONDS:
        return FOREVER
    days, rest = divmod(milliseconds, DAY)
    hours, rest = divmod(rest, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    seconds = f"{rest / 1000:.3f}".rstrip("0").rstrip(".")
    parts = ((days, "D"), (hours, "H"), (minutes, "M"))
    told = [f"{number}{letter}" if number else "" for number, letter in parts] + [f"{seconds}S" if rest else ""]
    time = "".join(told[1:])
    return f"P{told[0]}{'T' + time if time else ''}" if any(told) else "PT0S"


def time_text(at: int) -> str:
    """When something happened, in milliseconds since the epoch; 0 means never."""
    return instant_text(at) if at else NEVER


def instant_text(at: int) -> str:
    """A point in time, in milliseconds since the epoch."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_in(value: str, name: str) -> int:
    """A point in time as milliseconds since the epoch; without a zone it is UTC. Raises `Complaint`."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError as cause:
        raise invalid(f"The value '{value}' of {name} is not a date and a time.") from cause
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return round((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
