"""Messages by their sequence numbers, and from a number on without a look at all of them: what a peek needs.

Numbers mostly come in order, so noting one is an append. What is gone is passed over, and swept out when it is the
most; a number out of order is sorted in by the next one who asks.
"""

from bisect import bisect_left
from collections.abc import Iterator

from emulators.servicebus.broker.content import Message

_SWEEP_FLOOR = 1024


class Numbered(dict[int, Message]):
    """A dictionary to which messages are added by `put` alone."""

    __slots__ = ("_is_sorted", "_numbers", "_sweep_at")

    def __init__(self) -> None:
        super().__init__()
        self._numbers: list[int] = []
        self._is_sorted = True
        self._sweep_at = _SWEEP_FLOOR

    def put(self, message: Message) -> None:
        """Add a message."""
        number = message.sequence
        self[number] = message
        numbers = self._numbers
        if numbers and number <= numbers[-1]:
            self._is_sorted = False
        numbers.append(number)
        if len(numbers) >= self._sweep_at:
            self._sweep()

    def since(self, number: int) -> Iterator[Message]:
        """The messages from that number on, in their order; nothing may be added meanwhile."""
        if not self._is_sorted:
            self._sweep()
        numbers = self._numbers
        for at in range(bisect_left(numbers, number), len(numbers)):
            message = self.get(numbers[at])
            if message is not None:
                yield message

    def _sweep(self) -> None:
        self._numbers = sorted(self)
        self._is_sorted = True
        self._sweep_at = max(_SWEEP_FLOOR, 2 * len(self._numbers))
