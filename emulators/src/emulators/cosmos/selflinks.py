"""Self-links: paths that name resources by `_rid` instead of by id.

The SDK uses them when it is given a whole item instead of its id. They are translated into ids before dispatch; what is
signed is the last `_rid`, in lower case.
"""

from base64 import b64decode
from binascii import Error as Base64Error

from emulators.cosmos.catalog import Catalog, Container, DatabaseEntry
from emulators.cosmos.errors import CosmosError
from emulators.cosmos.routes import Target


def named(catalog: Catalog, target: Target) -> Target:
    """Return the target with ids for names; a target that has them already is returned as it is."""
    if target.pattern == "offers" and target.names:
        return target._replace(link=target.names[0].lower())
    if not target.names or target.names[0] in catalog.databases:
        return target
    database = _database(catalog, target.names[0])
    if database is None:
        return target
    names = [database.name, *target.names[1:]]
    if len(names) > 1:
        container = _container(database, names[1])
        names[1] = container.name
        if len(names) > 2:
            names[2] = _item(container, names[2])
    return target._replace(names=tuple(names), link=target.names[-1].lower())


def _database(catalog: Catalog, rid: str) -> DatabaseEntry | None:
    raw = _decoded(rid)
    return next((entry for entry in catalog.databases.values() if entry.raw_rid == raw), None)


def _container(database: DatabaseEntry, rid: str) -> Container:
    found = next((entry for entry in database.containers.values() if entry.rid == rid), None)
    if found is None:
        raise CosmosError(404, f"There is no container with the _rid '{rid}' in database '{database.name}'.")
    return found


def _item(container: Container, rid: str) -> str:
    name = container.items.name_of(int.from_bytes(_decoded(rid)[8:], "big"))
    if name is None:
        raise CosmosError(404, "Entity with the specified id does not exist in the system.")
    return name


def _decoded(rid: str) -> bytes:
    try:
        return b64decode(rid, altchars=b"+-", validate=True)
    except (Base64Error, ValueError):
        return b""
