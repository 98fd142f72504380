"""Answers that wait to be told together: runs of neighbours with the same state become one frame."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby

from emulators.servicebus.amqp.frames import frame
from emulators.servicebus.amqp.performatives import DISPOSITION, write_performative
from emulators.servicebus.amqp.values import Encoded, Uint
from emulators.servicebus.faults.later import Later
from emulators.servicebus.wire.session import Session

_Key = tuple[Session, bool]
_State = tuple[int, bytes]


class Ranges:
    """The answers that wait, for each session and direction."""

    def __init__(self, later: Later) -> None:
        self._later = later
        self._waiting: dict[_Key, list[_State]] = {}

    def add(self, session: Session, number: int, state: bytes, *, from_receiver: bool, delay: timedelta) -> None:
        """Tell the state of a delivery at the end of the turn, or after the delay, with all that wait by then."""
        key = session, from_receiver
        if key not in self._waiting:
            self._waiting[key] = []
            if delay:
                self._later.after(delay, lambda: self._tell(key))
            else:
                self._later.soon(lambda: self._tell(key))
        self._waiting[key].append((number, state))

    def _tell(self, key: _Key) -> None:
        session, from_receiver = key
        for first, last, state in _runs(self._waiting.pop(key)):
            settled = True
            fields = (from_receiver, Uint(first), Uint(last), settled, Encoded(state))
            session.connection.send(frame(session.channel, write_performative(DISPOSITION, *fields)))


def _runs(states: list[_State]) -> Iterator[tuple[int, int, bytes]]:
    """First and last number of each run of neighbours with one state."""
    numbered = enumerate(sorted(states))
    for (_, state), run in groupby(numbered, lambda each: (each[1][0] - each[0], each[1][1])):
        numbers = [number for _, (number, _) in run]
        yield numbers[0], numbers[-1], state
