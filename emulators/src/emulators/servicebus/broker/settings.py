"""What an entity can be told to do; the defaults are those of the service."""

from dataclasses import dataclass, field
from enum import Enum

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
DUPLICATE_WINDOW = 10 * MINUTE
ACCEPT_TIMEOUT = 60_000


class Status(Enum):
    """What an entity lets through; the values are those of the service."""

    ACTIVE = "Active"
    DISABLED = "Disabled"
    SEND_DISABLED = "SendDisabled"
    RECEIVE_DISABLED = "ReceiveDisabled"

    @property
    def refuses_sends(self) -> bool:
        return self is not _ACTIVE and self is not Status.RECEIVE_DISABLED

    @property
    def refuses_receives(self) -> bool:
        return self is not _ACTIVE and self is not Status.SEND_DISABLED


# Asked for each message: looking a member up in its class takes longer.
_ACTIVE = Status.ACTIVE


@dataclass(frozen=True, slots=True)
class AccessRule:
    """A shared access key of an entity, with the rights it shall give. It is kept and told, and opens nothing."""

    key_name: str
    rights: tuple[str, ...] = ()
    primary_key: str = ""
    secondary_key: str = ""
    created_at: int = 0
    modified_at: int = 0


@dataclass(frozen=True, slots=True)
class Remarks:
    """Properties that are kept and told, and change nothing here.

    `idle_window` is the window for duplicates of an entity that does not look for any.
    """

    metadata: str = ""
    batched: bool = True
    express: bool = False
    partitioned: bool = False
    ordered: bool = True
    filters_before_publishing: bool = False
    idle_window: int = DUPLICATE_WINDOW
    access_rules: tuple[AccessRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """The properties of a queue, topic or subscription. Spans are milliseconds; 0 or an empty name means none."""

    lock_duration: int = MINUTE
    delivery_count_max: int = 10
    requires_session: bool = False
    duplicate_window: int = 0
    time_to_live: int = 0
    dead_letters_expired: bool = False
    dead_letters_filter_errors: bool = True
    forward_to: str = ""
    forward_dead_letters_to: str = ""
    bytes_max: int = 0
    message_bytes_max: int = 0
    idle_max: int = 0
    status: Status = Status.ACTIVE
    remarks: Remarks = field(default_factory=Remarks)

    def of_sub_queues(self) -> "Settings":
        """The settings of the dead-letter queues of an entity with these."""
        return Settings(lock_duration=self.lock_duration, delivery_count_max=self.delivery_count_max)
