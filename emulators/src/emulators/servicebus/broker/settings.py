"""What an entity can be told to do; the defaults are those of the service."""

from dataclasses import dataclass

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
ACCEPT_TIMEOUT = 60_000


@dataclass(frozen=True, slots=True)
class Settings:
    """The properties of a queue, topic or subscription. Spans are milliseconds; 0 or an empty name means none."""

    lock_duration: int = MINUTE
    delivery_count_max: int = 10
    requires_session: bool = False
    duplicate_window: int = 0
    time_to_live: int = 0
    dead_letters_expired: bool = False
    forward_to: str = ""
    forward_dead_letters_to: str = ""
    bytes_max: int = 0
