"""Which of the occasions that a fault meets it hits: the same ones each time, for the same seed."""

from random import Random

from emulators.faults.fault import Recurring


class Schedule:
    """Counts the occasions of one fault and decides. `seen` are those it met, `hits` those it hit."""

    def __init__(self, fault: Recurring) -> None:
        self._fault = fault
        self._random = Random(fault.seed)
        self.seen = 0
        self.hits = 0

    @property
    def is_over(self) -> bool:
        """Whether it will hit nothing more."""
        return self._fault.count is not None and self.hits >= self._fault.count

    def hit(self) -> bool:
        """Count an occasion that meets the fault; true if it is hit."""
        fault = self._fault
        self.seen += 1
        number = self.seen - fault.skip
        if self.is_over or number <= 0 or (number - 1) % fault.every:
            return False
        if fault.probability < 1 and self._random.random() >= fault.probability:
            return False
        self.hits += 1
        return True
