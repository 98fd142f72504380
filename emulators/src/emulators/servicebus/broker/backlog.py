"""Messages that wait to be received, lowest sequence number first.

New messages come in order and go to the end; returned ones are few and go to a heap. Taking compares the two heads.
"""

from collections import deque
from heapq import heappop, heappush

from emulators.servicebus.broker.content import Message, State


class Backlog:
    """An ordered queue that forgets messages which are no longer active (expired ones) when it meets them."""

    __slots__ = ("_arrived", "_returned")

    def __init__(self) -> None:
        self._arrived: deque[Message] = deque()
        self._returned: list[tuple[int, Message]] = []

    def put(self, message: Message) -> None:
        arrived = self._arrived
        if not arrived or arrived[-1].sequence < message.sequence:
            if self._returned and not arrived:
                heappush(self._returned, (message.sequence, message))
            else:
                arrived.append(message)
        else:
            heappush(self._returned, (message.sequence, message))

    def take(self) -> Message | None:
        """Remove and give the next message."""
        message = self.head()
        if message is None:
            return None
        if self._returned and self._returned[0][1] is message:
            heappop(self._returned)
        else:
            self._arrived.popleft()
        return message

    def head(self) -> Message | None:
        """The next message, left where it is."""
        arrived, returned = self._arrived, self._returned
        while arrived and arrived[0].state is not State.ACTIVE:
            arrived.popleft()
        while returned and returned[0][1].state is not State.ACTIVE:
            heappop(returned)
        if returned and (not arrived or returned[0][0] < arrived[0].sequence):
            return returned[0][1]
        return arrived[0] if arrived else None

    def __len__(self) -> int:
        """How many are here, those included that are no longer active and were not met yet."""
        return len(self._arrived) + len(self._returned)

    def __bool__(self) -> bool:
        return self.head() is not None
