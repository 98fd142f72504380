"""Deliveries that wait for others to overtake them."""

from dataclasses import dataclass
from datetime import timedelta

from emulators.servicebus.faults.later import Action, Later
from emulators.servicebus.wire.outgoing import MessageLink


@dataclass(slots=True, eq=False)
class _Waiting:
    link: MessageLink
    to_pass: int
    deliver: Action


class Reordering:
    """The deliveries that wait, in the order in which they began to."""

    def __init__(self, later: Later) -> None:
        self._later = later
        self._waiting: list[_Waiting] = []

    def hold(self, link: MessageLink, by: int, delay: timedelta, deliver: Action) -> None:
        """Deliver after as many others of the link, or after the delay. What comes now does not count itself."""
        one = _Waiting(link, by + 1, deliver)
        self._waiting.append(one)
        self._later.after(delay, lambda: self._release(one))

    def passed(self, link: MessageLink) -> None:
        """A message of the link had its turn."""
        for one in [each for each in self._waiting if each.link is link]:
            one.to_pass -= 1
            if not one.to_pass:
                self._release(one)

    def _release(self, one: _Waiting) -> None:
        if one in self._waiting:
            self._waiting.remove(one)
            one.deliver()
