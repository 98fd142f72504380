"""The topology file: which databases and containers exist when the endpoint starts.

Only its part `Cosmos` is read. What the file names is created if missing and brought up to date if it differs; what it
does not name is left alone. A property that nobody knows is an error, not a surprise later.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson

from emulators.cosmos.catalog import Catalog
from emulators.cosmos.container_settings import settings_of
from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonObject, JsonValue

_CONTAINER_PROPERTIES = {
    "Name": "id",
    "PartitionKey": "partitionKey",
    "DefaultTtl": "defaultTtl",
    "IndexingPolicy": "indexingPolicy",
    "UniqueKeyPolicy": "uniqueKeyPolicy",
}


class TopologyError(Exception):
    """The topology can't be used; the message names the place in the file."""


@dataclass(frozen=True, slots=True)
class ContainerPlan:
    """A container that is to exist, with its properties as the service names them."""

    database: str
    properties: JsonObject


@dataclass(frozen=True, slots=True)
class Topology:
    """Databases and containers that are to exist."""

    databases: tuple[str, ...] = ()
    containers: tuple[ContainerPlan, ...] = ()

    @classmethod
    def read(cls, path: Path) -> "Topology":
        """Read a file."""
        try:
            content = orjson.loads(path.read_bytes())
        except OSError as error:
            raise TopologyError(f"The topology file {path} can't be read: {error.strerror}.") from error
        except orjson.JSONDecodeError as error:
            raise TopologyError(f"The topology file {path} is not JSON: {error}.") from error
        return cls.of(content)

    @classmethod
    def of(cls, content: JsonValue) -> "Topology":
        """Read parsed JSON."""
        cosmos = _object(_object(content, "the file").get("Cosmos"), "Cosmos")
        _check_known(cosmos, ["Databases"], "Cosmos")
        databases: list[str] = []
        containers: list[ContainerPlan] = []
        for at, entry in enumerate(_list(cosmos.get("Databases"), "Cosmos.Databases")):
            place = f"Cosmos.Databases[{at}]"
            database = _object(entry, place)
            _check_known(database, ["Name", "Containers"], place)
            name = _name(database, place)
            databases.append(name)
            for number, container in enumerate(_list(database.get("Containers", []), f"{place}.Containers")):
                containers.append(_container(name, container, f"{place}.Containers[{number}]"))
        return cls(tuple(databases), tuple(containers))

    def apply(self, catalog: Catalog, now: int) -> None:
        """Make the catalog hold what the topology says."""
        try:
            for name in self.databases:
                if name not in catalog.databases:
                    catalog.create_database(name, now)
            for plan in self.containers:
                _apply(catalog, plan, now)
        except CosmosError as error:
            raise TopologyError(f"The topology can't be applied: {error.message}") from error


def _apply(catalog: Catalog, plan: ContainerPlan, now: int) -> None:
    name = str(plan.properties["id"])
    existing = catalog.database(plan.database).containers.get(name)
    if existing is None:
        catalog.create_container(plan.database, plan.properties, now)
    elif settings_of(existing.settings) != settings_of(plan.properties):
        catalog.replace_container(plan.database, name, plan.properties, now)


def _container(database: str, value: JsonValue, place: str) -> ContainerPlan:
    entry = _object(value, place)
    _check_known(entry, _CONTAINER_PROPERTIES, place)
    _name(entry, place)
    _object(entry.get("PartitionKey"), f"{place}.PartitionKey")
    return ContainerPlan(database, {_CONTAINER_PROPERTIES[key]: given for key, given in entry.items()})


def _check_known(entry: JsonObject, known: Iterable[str], place: str) -> None:
    unknown = [name for name in entry if name not in set(known)]
    if unknown:
        raise TopologyError(f"Unknown property {place}.{unknown[0]} in the topology: expected one of {sorted(known)}.")


def _object(value: JsonValue, place: str) -> JsonObject:
    if not isinstance(value, dict):
        raise TopologyError(f"Expected an object at {place} in the topology, found {type(value).__name__}.")
    return value


def _list(value: JsonValue, place: str) -> list[JsonValue]:
    if not isinstance(value, list):
        raise TopologyError(f"Expected a list at {place} in the topology, found {type(value).__name__}.")
    return value


def _name(entry: JsonObject, place: str) -> str:
    name = entry.get("Name")
    if not isinstance(name, str) or not name:
        raise TopologyError(f"Expected a text at {place}.Name in the topology, found {name!r}.")
    return name
