"""The changes of one request to one logical partition, kept apart until all of its operations have succeeded.

That is what makes a batch atomic: an operation that fails leaves nothing to undo.
"""

from collections.abc import Sequence

from emulators.cosmos.catalog import Container
from emulators.cosmos.documents import Item, Stamp, lifetime, stored_body
from emulators.cosmos.jsonvalue import JsonObject
from emulators.cosmos.partition import PartitionKey
from emulators.cosmos.store.items import Row
from emulators.cosmos.store.unique_keys import UniqueKeys, values_in


class Staging:
    """Reads through to the container; sees its own writes; writes nothing before `apply`."""

    def __init__(self, container: Container, key: PartitionKey, now: int) -> None:
        self.container = container
        self.key = key
        self.now = now
        self._seen: dict[str, Item | None] = {}
        self._rows: dict[str, Row] = {}
        self._deleted: set[str] = set()
        self._unique: UniqueKeys | None = None

    def expect(self, names: Sequence[str]) -> None:
        """Load the named documents at once."""
        found = self.container.items.find_all(self.key.text, names)
        self._seen = {name: self._alive(found.get(name)) for name in names}

    def find(self, name: str) -> Item | None:
        """Return a document as this request sees it."""
        if name not in self._seen:
            self._seen[name] = self._alive(self.container.items.find(self.key.text, name))
        return self._seen[name]

    def put(self, name: str, document: JsonObject, previous: Item | None) -> Row:
        """Stage a document; `previous` is the one that it replaces."""
        container = self.container
        if container.unique_keys:
            self._keys().claim(name, values_in(document, container.unique_keys), self._exists)
        seconds = lifetime(document, container.default_ttl)
        sequence = container.next_sequence()
        creation = previous.creation if previous else sequence
        body = stored_body(document, Stamp(container.raw_rid, container.link, sequence, creation, self.now))
        item = Item(sequence, creation, self.now, None if seconds is None else self.now + seconds, body)
        row = Row(self.key.text, name, self.key.position, item, container.items.columns_of(document))
        self._seen[name] = item
        self._rows[name] = row
        self._deleted.discard(name)
        return row

    def remove(self, name: str) -> None:
        """Stage a delete."""
        if self.container.unique_keys:
            self._keys().release(name)
        self._seen[name] = None
        self._rows.pop(name, None)
        self._deleted.add(name)

    def apply(self) -> None:
        """Write all changes into the open transaction."""
        if self._deleted:
            self.container.next_sequence()
            self.container.items.delete(self.key.text, self._deleted)
            self.container.keep_sequence()
        if self._rows:
            self.container.items.write(self._rows.values())
        if self._unique:
            self._unique.apply()

    def _exists(self, name: str) -> bool:
        return self.find(name) is not None

    def _keys(self) -> UniqueKeys:
        if self._unique is None:
            self._unique = self.container.unique_keys_of(self.key)
        return self._unique

    def _alive(self, item: Item | None) -> Item | None:
        return None if item and item.expires is not None and item.expires <= self.now else item
