"""Messages that wait to be received, lowest sequence number first.

1. New messages come in order and go to the end; returned ones are few and go to a heap. Taking compares the two heads.
2. A million sessions have one of these each, so it is small while it is empty: a list with a place to read from, which
   is cut when half of it is behind that place. A deque would take 600 bytes.
"""

from heapq import heappop, heappush

from emulators.servicebus.broker.content import Content, Message, State

_CUT_FLOOR = 64
# Stands where a message was taken, which can be forgotten then.
_TAKEN = Message(0, 0, Content(b""), 0, 0, state=State.GONE)


class Backlog:
    """An ordered queue that forgets messages which are no longer active (expired ones) when it meets them."""

    __slots__ = ("_arrived", "_at", "_returned")

    def __init__(self) -> None:
        self._arrived: list[Message] = []
        self._at = 0
        self._returned: list[tuple[int, Message]] | None = None

    def put(self, message: Message) -> None:
        arrived = self._arrived
        if arrived[-1].sequence < message.sequence if len(arrived) > self._at else not self._returned:
            arrived.append(message)
            return
        if self._returned is None:
            self._returned = []
        heappush(self._returned, (message.sequence, message))

    def take(self) -> Message | None:
        """Remove and give the next message."""
        message = self.head()
        if message is None:
            return None
        if self._returned and self._returned[0][1] is message:
            heappop(self._returned)
        else:
            self._pass()
        return message

    def head(self) -> Message | None:
        """The next message, left where it is."""
        arrived, returned = self._arrived, self._returned
        while len(arrived) > self._at and arrived[self._at].state is not State.ACTIVE:
            self._pass()
        next_arrived = arrived[self._at] if len(arrived) > self._at else None
        if not returned:
            return next_arrived
        while returned and returned[0][1].state is not State.ACTIVE:
            heappop(returned)
        if returned and (next_arrived is None or returned[0][0] < next_arrived.sequence):
            return returned[0][1]
        return next_arrived

    def __len__(self) -> int:
        """How many are here, those included that are no longer active and were not met yet."""
        return len(self._arrived) - self._at + (len(self._returned) if self._returned else 0)

    def __bool__(self) -> bool:
        return self.head() is not None

    def _pass(self) -> None:
        self._arrived[self._at] = _TAKEN
        self._at += 1
        if self._at == len(self._arrived) or (self._at >= _CUT_FLOOR and 2 * self._at >= len(self._arrived)):
            del self._arrived[: self._at]
            self._at = 0
