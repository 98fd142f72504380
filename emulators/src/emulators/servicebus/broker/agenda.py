"""Messages with an appointment: when they are due (schedules) or when they end (time to live)."""

from heapq import heapify, heappop, heappush

from emulators.servicebus.broker.content import Message, State
from emulators.servicebus.broker.deadline import Deadline

_SWEEP_FLOOR = 1024


class Agenda:
    """A heap of messages by time. Those that are gone are passed over, and swept out when they are the most."""

    __slots__ = ("_deadline", "_heap", "_sweep_at")

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._heap: list[tuple[int, int, Message]] = []
        self._sweep_at = _SWEEP_FLOOR

    def add(self, at: int, message: Message) -> None:
        if len(self._heap) >= self._sweep_at:
            self._sweep()
        self._deadline.note(at)
        heappush(self._heap, (at, message.sequence, message))

    def next_at(self) -> int | None:
        """The earliest time; None if there is none."""
        heap = self._heap
        while heap and heap[0][2].state is State.GONE:
            heappop(heap)
        return heap[0][0] if heap else None

    def take(self, now: int) -> list[Message]:
        """Remove and give what is due, earliest first, then by sequence number."""
        due = []
        heap = self._heap
        while heap and heap[0][0] <= now:
            message = heappop(heap)[2]
            if message.state is not State.GONE:
                due.append(message)
        return due

    def __len__(self) -> int:
        return len(self._heap)

    def _sweep(self) -> None:
        self._heap = [entry for entry in self._heap if entry[2].state is not State.GONE]
        heapify(self._heap)
        self._sweep_at = max(_SWEEP_FLOOR, 2 * len(self._heap))
