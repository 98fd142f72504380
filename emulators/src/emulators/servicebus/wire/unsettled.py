"""Deliveries that their receivers have not settled yet, by delivery number.

A receiver may settle through the management node instead, or let its locks expire: those entries stay behind. They are
swept out when they are the most, so that a receiver which lives for weeks takes no more room than it needs.
"""

from collections.abc import Iterator

from emulators.servicebus.wire.outgoing import MessageLink

_SWEEP_FLOOR = 1024

Delivery = tuple[MessageLink, int]


class Unsettled:
    """The link and the lock of each delivery of a session."""

    def __init__(self) -> None:
        self._deliveries: dict[int, Delivery] = {}
        self._sweep_at = _SWEEP_FLOOR

    def add(self, number: int, link: MessageLink, lock_id: int) -> None:
        if len(self._deliveries) >= self._sweep_at:
            self._sweep()
        self._deliveries[number] = (link, lock_id)

    def take(self, first: int, last: int) -> Iterator[tuple[int, Delivery]]:
        """Remove and give the deliveries from one number to another."""
        deliveries = self._deliveries
        numbers = range(first, last + 1) if last - first < len(deliveries) else sorted(deliveries)
        for number in numbers:
            if first <= number <= last and number in deliveries:
                yield number, deliveries.pop(number)

    def forget(self, link: MessageLink) -> None:
        """Remove the deliveries of a link that is gone."""
        self._deliveries = {number: each for number, each in self._deliveries.items() if each[0] is not link}

    def __contains__(self, number: int) -> bool:
        return number in self._deliveries

    def __len__(self) -> int:
        return len(self._deliveries)

    def _sweep(self) -> None:
        kept = {number: each for number, each in self._deliveries.items() if each[0].queue.locks.holds(each[1])}
        self._deliveries = kept
        self._sweep_at = max(_SWEEP_FLOOR, 2 * len(kept))
