"""Messages with an appointment: when they are due (schedules) or when they end (time to live)."""

from heapq import heappop, heappush

from emulators.servicebus.broker.content import Message, State
from emulators.servicebus.broker.deadline import Deadline


class Agenda:
    """A heap of messages by time. One that is gone keeps its place until its time comes, and is then passed over."""

    __slots__ = ("_deadline", "_heap")

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._heap: list[tuple[int, int, Message]] = []

    def add(self, at: int, message: Message) -> None:
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
