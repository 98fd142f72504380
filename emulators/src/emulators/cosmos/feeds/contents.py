"""How much a container holds, in the two shapes in which the service tells it. Sizes are in whole kilobytes."""

from emulators.cosmos.jsonvalue import JsonObject, JsonValue
from emulators.cosmos.partition import position_of
from emulators.cosmos.ranges import PhysicalRange, PhysicalRanges
from emulators.cosmos.store.items import ItemTable

_KILOBYTE = 1024


def usage(items: ItemTable) -> bytes:
    """Return the text of the header that tells how much is used."""
    count, size = _measured(items, "1", ())
    kilobytes = size // _KILOBYTE
    return b"documentsCount=%d;documentsSize=%d;collectionSize=%d;" % (count, kilobytes, kilobytes)


def statistics(items: ItemTable, ranges: PhysicalRanges) -> list[JsonValue]:
    """Return what each physical range holds."""
    return [_statistics(items, physical) for physical in ranges.all]


def _statistics(items: ItemTable, physical: PhysicalRange) -> JsonObject:
    bounds = (position_of(physical.minimum), position_of(physical.maximum))
    count, size = _measured(items, "pos >= ? AND pos < ?", bounds)
    return {"id": physical.id, "sizeInKB": size // _KILOBYTE, "documentCount": count, "partitionKeys": []}


def _measured(items: ItemTable, where: str, bounds: tuple[int, ...]) -> tuple[int, int]:
    sql = f"SELECT count(*), coalesce(sum(length(body)), 0) FROM {items.name} WHERE {where}"
    count, size = items.select(sql, bounds).fetchone()
    return int(count), int(size)
