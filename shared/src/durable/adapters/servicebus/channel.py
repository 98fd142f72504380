"""What a receiver of the port needs of the SDK: one connection to one source, driven in one of two ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from durable.ports import Delivery

# Each operation of a channel ends within this time, with `BrokerUnavailable` if there was no answer.
ANSWER_SECONDS = 15.0


class Settlement(Enum):
    """What becomes of a message; the values are those of the broker's `update-disposition`."""

    COMPLETE = "completed"
    ABANDON = "abandoned"
    DEAD_LETTER = "suspended"


@dataclass(frozen=True, slots=True)
class Settle:
    """A settlement with the texts that a dead-lettered message shows."""

    settlement: Settlement
    reason: str = ""
    description: str = ""


COMPLETE = Settle(Settlement.COMPLETE)
ABANDON = Settle(Settlement.ABANDON)


class Channel(Protocol):
    """One opened receiver of the SDK. Raises only errors of `durable.errors`.

    After `BrokerUnavailable` from `receive` it is broken for good; `worn` says that it should be replaced.
    """

    @property
    def worn(self) -> bool:
        """Whether it is broken or has done as many management operations as a connection stands."""

    async def receive(self, limit: int, seconds: float) -> list[Delivery]:
        """See `Receiver.receive`."""

    async def settle(self, deliveries: Sequence[Delivery], how: Settle) -> None:
        """See `Receiver.complete`; also takes messages of an earlier channel to the same source."""

    async def renew(self, delivery: Delivery) -> datetime:
        """See `Receiver.renew`."""

    async def renew_session(self) -> datetime:
        """See `SessionReceiver.renew_session`."""

    async def close(self) -> None:
        """Close; never fails."""
