"""Times and durations as envelopes spell them, in microseconds."""

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DURATION = re.compile(r"(?:(\d{1,5})\.)?(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?", re.ASCII)
_SECOND = 1_000_000


def read_time(text: str) -> int:
    """A time such as `2026-11-27T09:00:00.123456Z`; without a zone it is UTC. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return ((found if found.tzinfo else found.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND


def read_duration(text: str) -> int:
    """A duration such as `0.00:00:02.680` or `00:00:02.6802651`; raises ValueError."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"a duration as DD.HH:MM:SS.FFFFFF was expected, found '{text[:40]}'")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[:4])
    fraction = int((match[5] or "").ljust(6, "0")[:6])
    return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * _SECOND + fraction
