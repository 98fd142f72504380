"""What an entity holds, in numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """What an entity holds now, and how many messages it has accepted since the endpoint started."""

    active: int = 0
    scheduled: int = 0
    deferred: int = 0
    dead_lettered: int = 0
    accepted: int = 0
    transfer_dead_lettered: int = 0
