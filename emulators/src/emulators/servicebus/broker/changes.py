"""What has to be stored before anybody is told.

1. A message that comes and goes between two commits is never stored.
2. Keys are unique for ever: entity number and sequence number in one integer.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from emulators.servicebus.broker.content import Message
from emulators.servicebus.broker.entity_changes import EntityChanges
from emulators.servicebus.broker.rules.rule import Rule

_SEQUENCE_BITS = 40


def key_of(entity_id: int, sequence: int) -> int:
    """The name of a record in the journal."""
    return entity_id << _SEQUENCE_BITS | sequence


def parts_of(key: int) -> tuple[int, int]:
    """The entity number and the sequence number that a key was made of."""
    return key >> _SEQUENCE_BITS, key & ((1 << _SEQUENCE_BITS) - 1)


class Sighting(NamedTuple):
    """A message id seen by duplicate detection."""

    key: int
    seen_at: int
    sequence: int
    message_id: bytes


@dataclass(slots=True)
class Changes:
    """The changes since the last commit."""

    inserted: dict[int, Message] = field(default_factory=dict)
    updated: dict[int, Message] = field(default_factory=dict)
    rewritten: dict[int, Message] = field(default_factory=dict)
    deleted: list[tuple[int]] = field(default_factory=list)
    session_states: dict[tuple[int, str], tuple[bytes, int] | None] = field(default_factory=dict)
    sequences: dict[int, int] = field(default_factory=dict)
    sightings: list[Sighting] = field(default_factory=list)
    forgotten: dict[int, int] = field(default_factory=dict)
    rules: dict[int, tuple[Rule, ...]] = field(default_factory=dict)
    entities: EntityChanges = field(default_factory=EntityChanges)

    def insert(self, message: Message) -> None:
        self.inserted[message.key] = message

    def update(self, message: Message) -> None:
        if message.key not in self.inserted:
            self.updated[message.key] = message

    def rewrite(self, message: Message) -> None:
        """What the sender said was changed."""
        if message.key not in self.inserted:
            self.rewritten[message.key] = message

    def delete(self, message: Message) -> None:
        if self.inserted.pop(message.key, None) is None:
            self.updated.pop(message.key, None)
            self.rewritten.pop(message.key, None)
            self.deleted.append((message.key,))

    def __bool__(self) -> bool:
        return bool(
            self.inserted
            or self.deleted
            or self.updated
            or self.rewritten
            or self.sightings
            or self.session_states
            or self.sequences
            or self.forgotten
            or self.rules
            or self.entities
        )

    def clear(self) -> None:
        """Forget everything, once it is stored."""
        for part in (self.inserted, self.updated, self.session_states, self.sequences, self.forgotten, self.rules):
            part.clear()
        self.rewritten.clear()
        self.deleted.clear()
        self.sightings.clear()
        self.entities.clear()
