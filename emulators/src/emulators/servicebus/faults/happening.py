"""What is about to happen on the wire, for a fault to agree with and to act upon."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.refusals import Refusal
from emulators.servicebus.faults.kinds import LinkRole, Moment

if TYPE_CHECKING:
    from emulators.servicebus.faults.tampered import TamperedConnection, TamperedSession
    from emulators.servicebus.wire.session import Link

Tell = Callable[[], None]


def _nothing() -> None:
    """Nothing is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something happens; a place that it has not is empty."""

    entity: str = ""
    link: LinkRole | None = None
    session: str | None = None
    operation: str = ""
    frame: str = ""

    def agrees(self, place: str, wanted: Any) -> bool:
        """Whether this is the place that a fault wants; names of entities are compared without regard to case."""
        found = getattr(self, place)
        return bool(found.lower() == wanted.lower() if place == "entity" else found == wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that is about to happen, and the ways in which it can; which of them there are depends on `at`."""

    at: Moment
    place: Place
    proceed: Callable[[], None]
    """Let it happen as if there were no fault."""
    connection: "TamperedConnection | None" = None
    session: "TamperedSession | None" = None
    link: "Link | None" = None
    queue: Queue | None = None
    lock_id: int = 0
    untold: Callable[[], Tell] = lambda: _nothing
    """Let it happen, but for its answer; gives what would tell it."""
    refuse: Callable[[Refusal], None] = lambda _: None
    """Let nothing of it happen, and answer with a refusal."""
    unapplied: Callable[[], Tell] = lambda: _nothing
    """Let nothing of it happen; gives what would tell that it did."""
    coalesce: Callable[[timedelta], None] = lambda _: None
    """Let it happen, and answer it together with others."""
    sequence: int = 0
    """At a schedule: the number of the message."""

    def agrees(self, place: str, wanted: Any) -> bool:
        """Whether it is at the moment and in the place that a fault wants."""
        return self.at == wanted if place == "at" else self.place.agrees(place, wanted)
