"""When an entity was made, changed and used."""

from dataclasses import dataclass


@dataclass(slots=True)
class Dates:
    """Milliseconds since the epoch; 0 means never."""

    created_at: int = 0
    updated_at: int = 0
    used_at: int = 0
