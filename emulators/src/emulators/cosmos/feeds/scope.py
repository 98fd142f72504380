"""Which part of a container a feed or query is about, by its headers."""

import re
from dataclasses import dataclass

from emulators.cosmos import limits
from emulators.cosmos.catalog import Container
from emulators.cosmos.errors import CosmosError
from emulators.cosmos.partition import PartitionKey, position_of
from emulators.cosmos.ranges import PhysicalRange
from emulators.cosmos.service import Service
from emulators.cosmos.sessions import check_session
from emulators.cosmos.store.database import SqlValue
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request

_EPK = re.compile(rb"[0-9A-Fa-f]{0,512}")


@dataclass(frozen=True, slots=True)
class Scope:
    """One logical partition (`key`), one physical range or a part of it, or everything."""

    key: PartitionKey | None
    held_by: PhysicalRange
    is_everything: bool
    positions: tuple[int, int] | None
    epk: tuple[str, str] | None

    def conditions(self) -> tuple[list[str], list[SqlValue]]:
        """Return the scope as SQL conditions; `holds` still has to be asked."""
        if self.key is not None:
            return ["pk = ?"], [self.key.text]
        if self.positions is not None:
            return ["pos >= ?", "pos < ?"], [*self.positions]
        return [], []

    def holds(self, container: Container, key_text: str) -> bool:
        """Is a partition within the scope? Positions are shortened hashes, this is exact."""
        if self.epk is None:
            return True
        epk = container.partition_key.of_text(key_text).epk
        return self.epk[0] <= epk < self.epk[1] or self.epk[0] == epk == self.epk[1]


def scope_of(service: Service, request: Request, container: Container) -> Scope:
    """Read the scope of a request, which may only look at what its client has not seen later versions of."""
    check_session(request, container)
    given = request.headers.get(headers.PARTITION_KEY)
    if given is not None:
        key = container.partition_key.of_header(given)
        held_by = service.ranges.at(key.position)
        if key.is_prefix:
            beneath = (key.epk, f"{key.epk}FF")
            return Scope(None, held_by, is_everything=False, positions=(key.position, key.position + 1), epk=beneath)
        return Scope(key, held_by, is_everything=False, positions=None, epk=None)
    range_id = request.headers.get(headers.PARTITION_KEY_RANGE_ID)
    if range_id is None:
        return Scope(None, service.ranges.all[0], is_everything=True, positions=None, epk=None)
    held_by = service.ranges.named(range_id.decode("latin-1"))
    low, high = held_by.minimum, held_by.maximum
    start = request.headers.get(headers.START_EPK)
    if start is None:
        return Scope(None, held_by, is_everything=False, positions=(position_of(low), position_of(high)), epk=None)
    end = request.headers.get(headers.END_EPK, b"FF")
    if not _EPK.fullmatch(start) or not _EPK.fullmatch(end):
        raise CosmosError(400, f"Invalid range of partition keys: from {start!r} to {end!r}, expected hex digits.")
    epk = (max(low, start.decode("latin-1")), min(high, end.decode("latin-1")))
    positions = (position_of(epk[0]), min(position_of(epk[1]) + 1, 2**63 - 1))
    return Scope(None, held_by, is_everything=False, positions=positions, epk=epk)


def page_size(request: Request) -> int:
    """Return how many items a page may hold; -1 leaves it to the endpoint."""
    given = request.headers.get(headers.MAX_ITEM_COUNT, b"")
    try:
        size = int(given) if given else limits.PAGE_ITEMS_DEFAULT
    except ValueError:
        raise CosmosError(400, f"Invalid page size {given.decode('latin-1')!r}: expected a number.") from None
    return min(size, limits.PAGE_ITEMS_MAX) if size > 0 else limits.PAGE_ITEMS_MAX
