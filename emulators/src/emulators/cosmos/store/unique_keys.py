"""Unique keys: within one logical partition no two documents have the same values at the paths of a policy."""

from collections.abc import Callable

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonObject, JsonValue, encode
from emulators.cosmos.partition import pick
from emulators.cosmos.store.database import Database

Values = tuple[str, ...]


def values_in(document: JsonObject, policies: tuple[tuple[str, ...], ...]) -> Values:
    """Return one text for each policy; a missing value counts as null, and is as unique as any other."""
    return tuple(
        encode([_value_at(document, tuple(path.strip("/").split("/"))) for path in paths]).decode()
        for paths in policies
    )


def _value_at(document: JsonObject, steps: tuple[str, ...]) -> JsonValue:
    found = pick(document, steps)
    return None if found == {} else found


class UniqueKeys:
    """The unique keys of one partition of one container, with the changes of one request on top."""

    def __init__(self, store: Database, container: int, key: str) -> None:
        self._store = store
        self._scope = (container, key)
        self._changed: dict[str, Values | None] = {}

    def claim(self, name: str, values: Values, exists: Callable[[str], bool]) -> None:
        """Give a document its values, or raise 409 if another document, which still exists, has them."""
        for policy, value in enumerate(values):
            if any(other != name and held and held[policy] == value for other, held in self._changed.items()):
                raise _violation()
            row = self._store.read(
                "SELECT id FROM unique_keys WHERE container = ? AND pk = ? AND policy = ? AND value = ?",
                (*self._scope, policy, value),
            ).fetchone()
            if row and row[0] != name and row[0] not in self._changed and exists(row[0]):
                raise _violation()
        self._changed[name] = values

    def release(self, name: str) -> None:
        """Free the values of a document that is deleted."""
        self._changed[name] = None

    def apply(self) -> None:
        """Write the changes."""
        for name in self._changed:
            self._store.write("DELETE FROM unique_keys WHERE container = ? AND pk = ? AND id = ?", (*self._scope, name))
        for name, values in self._changed.items():
            for policy, value in enumerate(values or ()):
                self._store.write(
                    "INSERT OR REPLACE INTO unique_keys VALUES (?, ?, ?, ?, ?)", (*self._scope, policy, value, name)
                )


def _violation() -> CosmosError:
    return CosmosError(409, "Unique index constraint violation.")
