"""How large messages and batches may be: a matter of the tier of the namespace, and of the entity.

An entity that names a size of its own has it in either tier: only Premium namespaces of the service know that property.
Batches never exceed 1 MB and 4,500 messages, whatever a single message may have.
"""

from enum import Enum
from typing import NamedTuple

from emulators.servicebus.broker.settings import Settings

KB = 1024
BATCH_BYTES_MAX = 1024 * KB
BATCH_MESSAGES_MAX = 4500


class Tier(Enum):
    """What the namespace was paid for."""

    STANDARD = "standard"
    PREMIUM = "premium"


class Limits(NamedTuple):
    """Bytes of one message and of a batch, and how many messages one request may delete."""

    message_bytes: int
    batch_bytes: int
    deletions: int


_OF_TIER = {Tier.STANDARD: Limits(256 * KB, 256 * KB, 500), Tier.PREMIUM: Limits(1024 * KB, 1024 * KB, 4000)}


def limits_of(tier: Tier, settings: Settings) -> Limits:
    """The limits of an entity."""
    limits = _OF_TIER[tier]
    if not settings.message_bytes_max:
        return limits
    return limits._replace(
        message_bytes=settings.message_bytes_max, batch_bytes=min(settings.message_bytes_max, BATCH_BYTES_MAX)
    )
