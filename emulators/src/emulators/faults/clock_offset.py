"""The one fault that both endpoints have whole: a clock that goes wrong."""

from dataclasses import dataclass
from datetime import timedelta

from emulators.faults.fault import Fault, check


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockOffset(Fault):
    """Put the clock of the endpoint forward, or back, by `offset` for as long as the fault is set."""

    kind = "clock-offset"
    offset: timedelta

    def __post_init__(self) -> None:
        """Refuse an offset that does nothing."""
        Fault.__post_init__(self)
        check(bool(self.offset), "'offset' must not be zero", self.offset)
