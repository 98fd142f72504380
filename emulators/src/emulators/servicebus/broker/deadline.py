"""The next point in time at which the broker has something to do.

Whoever makes an appointment says so; nobody takes one back. An alarm for a cancelled appointment finds nothing to do
and sets the next one. That is cheaper than asking every entity after every message.
"""

NEVER = 1 << 62


class Deadline:
    """The earliest appointment since the last alarm."""

    __slots__ = ("at",)

    def __init__(self) -> None:
        self.at = NEVER

    def note(self, at: int) -> None:
        """Something has to be done at that time."""
        self.at = min(self.at, at)
