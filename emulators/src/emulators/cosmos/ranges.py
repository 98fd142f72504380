"""The physical ranges of a container: equal parts of the ring of effective partition keys.

The hashes in use lie between "00…" and "3F…", so the last range, which ends at "FF", gets no more than its share.
"""

from bisect import bisect_right
from dataclasses import dataclass

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.partition import position_of


@dataclass(frozen=True, slots=True)
class PhysicalRange:
    """One physical range, `[minimum, maximum)`."""

    id: str
    minimum: str
    maximum: str


class PhysicalRanges:
    """All ranges of a container; they never split."""

    def __init__(self, count: int) -> None:
        inner = [f"{0x4000 * number // count:04X}" + "0" * 28 for number in range(1, count)]
        bounds = ["", *inner, "FF"]
        self.all = tuple(PhysicalRange(str(at), bounds[at], bounds[at + 1]) for at in range(count))
        self._starts = [position_of(bound) for bound in bounds[1:-1]]

    def at(self, position: int) -> PhysicalRange:
        """Return the range that holds a place on the ring."""
        return self.all[bisect_right(self._starts, position)]

    def named(self, range_id: str) -> PhysicalRange:
        """Return a range by its id; a client with a stale routing map gets 410."""
        if not range_id.isdigit() or int(range_id) >= len(self.all):
            raise CosmosError(410, f"There is no partition key range {range_id!r}.", substatus=1002)
        return self.all[int(range_id)]
