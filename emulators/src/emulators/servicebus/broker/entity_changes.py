"""Which entities came, changed and went since the last commit.

1. Numbers of entities are never given twice: an entity that is made again under an old name starts from nothing.
2. Whatever was stored of an entity that went is removed with it, in the same commit.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from emulators.servicebus.broker.settings import Settings


class Description(NamedTuple):
    """What is stored of an entity itself; `settings` are None while they are those of the topology."""

    name: str
    kind: str
    created_at: int
    updated_at: int
    settings: Settings | None = None


@dataclass(slots=True)
class EntityChanges:
    """The changes of the catalogue. `struck` tells for names of the topology whether they are deleted."""

    made: dict[int, str] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)
    described: dict[int, Description] = field(default_factory=dict)
    struck: dict[str, bool] = field(default_factory=dict)

    def drop(self, entity_id: int) -> None:
        """An entity is gone, whether it was stored already or not."""
        self.made.pop(entity_id, None)
        self.described.pop(entity_id, None)
        self.gone.append(entity_id)

    def __bool__(self) -> bool:
        return bool(self.made or self.gone or self.described or self.struck)

    def clear(self) -> None:
        """Forget everything, once it is stored."""
        for part in (self.made, self.gone, self.described, self.struck):
            part.clear()
