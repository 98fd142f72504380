"""A clock that moves only when it is told to."""

from datetime import UTC, datetime, timedelta


class ManualClock:
    """Returns the same moment until `advance` is called."""

    def __init__(self, start: datetime = datetime(2031, 5, 1, 12, tzinfo=UTC)) -> None:
        self._now = start

    def __call__(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by
