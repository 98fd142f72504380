"""What one instance in memory has spent: what its records say, and what will stand in the record of its next turn.

What if the process dies …
  what no record holds yet is gone: the difference between the estimated and the true charge of its last turn, what
  loading it cost, and messages that led to no turn since. All else is summed up from the records by the next owner.
"""

from __future__ import annotations

from collections.abc import Iterable

from durable.messages import Message
from durable.ports import Delivery, Record
from orchestrator.spending import Spent


class Account:
    """The spending of one run.

    Attributes:
        total: what the records say.
        owed: request units that they do not say yet.
    """

    __slots__ = ("_bytes", "_messages", "owed", "total")

    def __init__(self, total: Spent | None = None) -> None:
        self.total = total or Spent()
        self.owed = 0.0
        self._messages = self._bytes = 0

    def told(self, messages: Iterable[tuple[str, Message]]) -> None:
        """Add messages that were sent for the instance beside its turns."""
        for _, message in messages:
            self.heard(len(message.body))

    def took(self, deliveries: Iterable[Delivery]) -> None:
        """Add messages that came for it and led to no turn."""
        for delivery in deliveries:
            self.heard(len(delivery.body))

    def heard(self, size: int) -> None:
        """Add one message."""
        self._messages += 1
        self._bytes += size

    def draw(self) -> Spent:
        """Take what is not recorded yet, for the record of the turn that begins."""
        spent = Spent(self.owed, 0, self._messages, self._bytes, {})
        self.owed = 0.0
        self._messages = self._bytes = 0
        return spent

    def catch_up(self, turns: Iterable[Record], known: int) -> None:
        """Add what was written down with turns behind those that are `known`."""
        for turn in turns:
            if turn["sequence"] > known and "spent" in turn:
                self.total.add(*turn["spent"])

    def record(self, spent: Spent) -> None:
        """Add what was written down with a turn."""
        self.total.add(spent.ru, spent.records, spent.messages, spent.bytes, spent.steps)
