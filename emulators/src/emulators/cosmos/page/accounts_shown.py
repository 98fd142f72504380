"""What the page shows of the account: databases, containers, charges, the last requests. Bounded, and counted late."""

from itertools import islice
from typing import Any

from emulators.cosmos.catalog import Catalog, Container
from emulators.cosmos.jsonvalue import encode
from emulators.cosmos.ranges import PhysicalRange
from emulators.cosmos.service import Service
from emulators.cosmos.stats import Served, Stats, Tally
from emulators.cosmos.store.database import Database
from emulators.page.shown import text

CONTAINERS_MAX = 200
COUNTED_MAX = 10_000
"""Items are counted up to this number; "more" is enough to know beyond it."""


class Counter:
    """Counts the items of containers, and counts again only after something has changed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changes = -1
        self._counts: dict[int, int] = {}

    def items_of(self, container: Container) -> int:
        """The number of items, at most one more than `COUNTED_MAX`."""
        if self._changes != self._database.changes:
            self._changes = self._database.changes
            self._counts.clear()
        count = self._counts.get(container.number)
        if count is None:
            sql = f"SELECT count(*) FROM (SELECT 1 FROM {container.items.name} LIMIT {COUNTED_MAX + 1})"
            count = self._counts[container.number] = int(container.items.select(sql, ()).fetchone()[0])
        return count


def containers_shown(service: Service, stats: Stats, counter: Counter, wanted: str) -> dict[str, Any]:
    """The containers whose `database/name` contains `wanted`, at most `CONTAINERS_MAX`."""
    every = [
        (database.name, container)
        for database in service.catalog.databases.values()
        for container in database.containers.values()
    ]
    found = [each for each in every if wanted.lower() in f"{each[0]}/{each[1].name}".lower()]
    totals = _by_container(service.catalog, stats)
    return {
        "databases": [text(name) for name in islice(service.catalog.databases, CONTAINERS_MAX)],
        "existing": len(every),
        "matching": len(found),
        "ranges": [_range_shown(each) for each in service.ranges.all],
        "containers": [
            {
                **container_shown(database, container),
                "items": counter.items_of(container),
                **_tally_shown(totals.get((database, container.name), Tally())),
            }
            for database, container in found[:CONTAINERS_MAX]
        ],
    }


def container_shown(database: str, container: Container) -> dict[str, Any]:
    """What a container is, without its items."""
    return {
        "database": database,
        "name": container.name,
        "paths": list(container.partition_key.paths),
        "ttl": container.default_ttl,
        "throughput": None if container.budget is None else container.budget.rate,
    }


def requests_shown(stats: Stats) -> dict[str, Any]:
    """Sums, charges of each kind of request, the last requests and the last failures, the newest first."""
    kinds: dict[str, Tally] = {}
    for (_, _, kind), tally in stats.tallies.items():
        _add(kinds.setdefault(kind, Tally()), tally)
    return {
        "stats": stats.as_json(),
        "throttled": sum(tally.throttled for tally in kinds.values()),
        "kinds": [{"kind": kind, **_tally_shown(tally)} for kind, tally in sorted(kinds.items())],
        "recent": [_served_shown(each) for each in reversed(stats.recent)],
        "failed": [_served_shown(each) for each in reversed(stats.failed)],
    }


def _by_container(catalog: Catalog, stats: Stats) -> dict[tuple[str, str], Tally]:
    """Tallies by the names of database and container; clients may have used resource ids instead."""
    names = {}
    for database in catalog.databases.values():
        for container in database.containers.values():
            names[tuple(container.link.strip("/").split("/")[1::2])] = (database.name, container.name)
    totals: dict[tuple[str, str], Tally] = {}
    for (database_id, container_id, _), tally in stats.tallies.items():
        key = names.get((database_id, container_id), (database_id, container_id))
        _add(totals.setdefault(key, Tally()), tally)
    return totals


def _add(total: Tally, tally: Tally) -> None:
    total.requests += tally.requests
    total.charge += tally.charge
    total.throttled += tally.throttled


def _tally_shown(tally: Tally) -> dict[str, Any]:
    return {"requests": tally.requests, "charge": round(tally.charge, 2), "throttled": tally.throttled}


def _range_shown(found: PhysicalRange) -> dict[str, str]:
    return {"id": found.id, "minimum": found.minimum[:4], "maximum": found.maximum[:4]}


def _served_shown(served: Served) -> dict[str, Any]:
    return {
        "at": round(served.at * 1000),
        "method": text(served.method, 10),
        "path": text(served.path, 300),
        "kind": text(served.kind, 40),
        "status": served.status,
        "charge": round(served.charge, 2),
        "error": text(served.error.decode("utf-8", errors="replace"), 600),
    }


def key_shown(components: object) -> str:
    """A partition key as one types it: a lone text without quotes, anything else as JSON."""
    if isinstance(components, list) and len(components) == 1:
        return components[0] if isinstance(components[0], str) else encode(components[0]).decode()
    return encode(components).decode()
