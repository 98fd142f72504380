"""Events of others that mean something here: which type is mapped to which of the catalogue's, by typed functions.

1. A mapping keeps source and id, so that a repeat is known as one.
2. A mapping may pass an event over: it says nothing that this application needs, and is no fault.
3. A type that the catalogue has itself is never mapped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from durable.cloudevent import CloudEvent


@dataclass(frozen=True, slots=True)
class PassedOver:
    """An event that is taken and of which nothing follows; `why` is for a person."""

    event: CloudEvent
    why: str


class Unmappable(Exception):
    """An event of a type that is mapped holds what can't be; lists each fault as (location, message)."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{where}: {what}" for where, what in faults))


EventMapping = Callable[[CloudEvent], CloudEvent | PassedOver]
Mappings = Mapping[str, EventMapping]
