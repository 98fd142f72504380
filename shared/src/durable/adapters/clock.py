"""The clock of the system: the one place that reads the time of day."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The machine's time of day in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251  The clock port is here.
