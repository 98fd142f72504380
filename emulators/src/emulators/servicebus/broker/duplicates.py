"""Duplicate detection: which message ids were accepted within the window.

It is blind to the fate of the first copy, as the service is: a message that was consumed long ago still shuts its
repeat out.
"""

from collections import deque
from collections.abc import Iterable

from emulators.servicebus.broker.changes import Changes, Sighting, key_of, parts_of


class DuplicateWindow:
    """The message ids that one entity accepted during the last `span` milliseconds."""

    def __init__(self, entity_id: int, span: int, changes: Changes) -> None:
        self._entity_id = entity_id
        self.span = span
        self._changes = changes
        self._sequences: dict[bytes, int] = {}
        self._order: deque[Sighting] = deque()
        self._count = 0

    def find(self, message_id: bytes, now: int) -> int | None:
        """The sequence number of the message that was accepted under this id, if that was within the window."""
        order = self._order
        if order and order[0].seen_at <= now - self.span:
            self._prune(now - self.span)
        return self._sequences.get(message_id)

    def add(self, message_id: bytes, sequence: int, now: int) -> None:
        self._count += 1
        sighting = Sighting(key_of(self._entity_id, self._count), now, sequence, message_id)
        self._sequences[message_id] = sequence
        self._order.append(sighting)
        self._changes.sightings.append(sighting)

    def restore(self, sightings: Iterable[Sighting]) -> None:
        """Take back what was stored, in the order of its keys."""
        for sighting in sightings:
            self._sequences[sighting.message_id] = sighting.sequence
            self._order.append(sighting)
            self._count = parts_of(sighting.key)[1]

    def _prune(self, until: int) -> None:
        order, sequences = self._order, self._sequences
        while order and order[0].seen_at <= until:
            sighting = order.popleft()
            del sequences[sighting.message_id]
        self._changes.forgotten[self._entity_id] = sighting.key
