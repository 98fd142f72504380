"""What all entities of one broker share."""

from collections.abc import Callable
from dataclasses import dataclass, field

from emulators.servicebus.broker.changes import Changes
from emulators.servicebus.broker.deadline import Deadline


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The notebook of changes, the next deadline, and a way to be pumped: `wake` with the name of the entity."""

    wake: Callable[[str], None]
    changes: Changes = field(default_factory=Changes)
    deadline: Deadline = field(default_factory=Deadline)
