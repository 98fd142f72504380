"""The databases and containers of the account: in memory for speed, in SQLite for good."""

from base64 import b64encode

from emulators.cosmos import limits
from emulators.cosmos.documents import etag
from emulators.cosmos.errors import OWNER_NOT_FOUND, CosmosError
from emulators.cosmos.indexing import IndexPolicy
from emulators.cosmos.jsonvalue import JsonObject, JsonValue, decode_stored, encode
from emulators.cosmos.partition import PartitionKey, PartitionKeyDefinition
from emulators.cosmos.store.database import Database
from emulators.cosmos.store.items import ItemTable
from emulators.cosmos.store.unique_keys import UniqueKeys
from emulators.cosmos.throughput import Budget, rate_of

_OFFER = "_offer"
_OWNED = (_OFFER, "_rid", "_self", "_etag", "_ts", "_docs", "_sprocs", "_triggers", "_udfs", "_conflicts")


def _rid(raw: bytes) -> str:
    return b64encode(raw, altchars=b"+-").decode()


class DatabaseEntry:
    """One database."""

    def __init__(self, number: int, name: str, created: int) -> None:
        self.number = number
        self.name = name
        self.raw_rid = number.to_bytes(4, "big")
        self.created = created
        self.containers: dict[str, Container] = {}

    def properties(self) -> JsonObject:
        """Return the database as clients see it."""
        rid = _rid(self.raw_rid)
        return {
            "id": self.name,
            "_rid": rid,
            "_self": f"dbs/{rid}/",
            "_etag": etag(self.number, self.created),
            "_colls": "colls/",
            "_users": "users/",
            "_ts": self.created,
        }


class Container:
    """One container, with everything that serving its items needs."""

    def __init__(self, database: DatabaseEntry, number: int, properties: JsonObject, store: Database) -> None:
        self.number = number
        self.name = str(properties["id"])
        self.raw_rid = database.raw_rid + (0x80000000 | number).to_bytes(4, "big")
        self.rid = _rid(self.raw_rid)
        self.link = f"dbs/{_rid(database.raw_rid)}/colls/{self.rid}/"
        self.named_link = f"dbs/{database.name}/colls/{self.name}"
        self.partition_key = PartitionKeyDefinition.of(properties.get("partitionKey"))
        self.sequence = 0
        self._store = store
        self.configure(properties)

    @property
    def offer(self) -> JsonObject | None:
        """Return the content of the offer; None if the container is served without limit."""
        content = self.settings.get(_OFFER)
        return content if isinstance(content, dict) else None

    def configure(self, properties: JsonObject) -> None:
        """Take over what may change in a container's life: time to live, index policy and throughput."""
        self.settings = properties
        rate = rate_of(properties.get(_OFFER))
        self.budget = None if rate is None else Budget(rate)
        self.default_ttl = _default_ttl(properties.get("defaultTtl"))
        policy = properties.get("indexingPolicy")
        self.policy = IndexPolicy(policy if isinstance(policy, dict) else {})
        self.items = ItemTable(self._store, self.number, self.policy)
        self.unique_keys = _unique_keys(properties.get("uniqueKeyPolicy"))

    def next_sequence(self) -> int:
        """Number the next write."""
        self.sequence += 1
        return self.sequence

    def keep_sequence(self) -> None:
        """Record how far the numbers went, for they must not come back after the highest document is deleted."""
        self._store.write("UPDATE containers SET sequence = ? WHERE number = ?", (self.sequence, self.number))

    def delete_expired(self, now: int) -> None:
        """Delete the documents whose time to live is over, and free their unique keys."""
        expired = self.items.delete_expired(now)
        if expired:
            self.keep_sequence()
        if expired and self.unique_keys:
            self._store.write_many(
                "DELETE FROM unique_keys WHERE container = ? AND pk = ? AND id = ?",
                [(self.number, key, name) for key, name in expired],
            )

    def unique_keys_of(self, key: PartitionKey) -> UniqueKeys:
        """Return the unique keys of one logical partition."""
        return UniqueKeys(self._store, self.number, key.text)

    def properties(self) -> JsonObject:
        """Return the container as clients see it."""
        changed = self.settings.get("_ts", 0)
        assert isinstance(changed, int)
        return {
            **{name: value for name, value in self.settings.items() if name != _OFFER},
            "indexingPolicy": self.policy.properties,
            "_rid": self.rid,
            "_self": self.link,
            "_etag": etag(self.number, changed),
            "_docs": "docs/",
            "_sprocs": "sprocs/",
            "_triggers": "triggers/",
            "_udfs": "udfs/",
            "_conflicts": "conflicts/",
            "_ts": changed,
        }


class Catalog:
    """All databases and containers. Every change is written before it returns; the caller commits."""

    def __init__(self, store: Database) -> None:
        self._store = store
        self.databases: dict[str, DatabaseEntry] = {}
        by_number: dict[int, DatabaseEntry] = {}
        for number, name, created in store.read("SELECT number, name, created FROM databases ORDER BY number"):
            by_number[number] = self.databases[name] = DatabaseEntry(number, name, created)
        rows = store.read("SELECT number, database, properties, sequence FROM containers ORDER BY number")
        for number, owner, properties, sequence in rows:
            container = Container(by_number[owner], number, decode_stored(properties), store)
            container.sequence = max(sequence, container.items.last_sequence())
            by_number[owner].containers[container.name] = container

    @property
    def has_uncommitted(self) -> bool:
        """Are there writes that are not durable yet?"""
        return self._store.has_uncommitted

    def commit(self) -> None:
        """Make all writes durable."""
        self._store.commit()

    def rollback(self) -> None:
        """Forget all writes that are not durable yet; what is in memory no longer agrees with the store."""
        self._store.rollback()

    def database(self, name: str) -> DatabaseEntry:
        """Return a database, or raise 404."""
        try:
            return self.databases[name]
        except KeyError:
            raise CosmosError(
                404, f"Owner resource does not exist: database '{name}'.", substatus=OWNER_NOT_FOUND
            ) from None

    def container(self, database: str, name: str) -> Container:
        """Return a container, or raise 404."""
        try:
            return self.databases[database].containers[name]
        except KeyError:
            link = f"dbs/{database}/colls/{name}"
            raise CosmosError(404, f"Owner resource does not exist: '{link}'.", substatus=OWNER_NOT_FOUND) from None

    def create_database(self, name: JsonValue, now: int) -> DatabaseEntry:
        """Create a database; 409 if the name is taken."""
        checked = _checked_name(name, self.databases)
        cursor = self._store.write("INSERT INTO databases (name, created) VALUES (?, ?)", (checked, now))
        entry = self.databases[checked] = DatabaseEntry(cursor.lastrowid or 0, checked, now)
        return entry

    def delete_database(self, name: str) -> None:
        """Delete a database with its containers."""
        entry = self.database(name)
        for container in list(entry.containers):
            self.delete_container(name, container)
        self._store.write("DELETE FROM databases WHERE number = ?", (entry.number,))
        del self.databases[name]

    def create_container(
        self, database: str, properties: JsonObject, now: int, offer: JsonObject | None = None
    ) -> Container:
        """Create a container, with throughput if there is an offer; 409 if the name is taken."""
        entry = self.database(database)
        name = _checked_name(properties.get("id"), entry.containers)
        settings = {**settings_of(properties), "id": name, "_ts": now}
        if offer is not None:
            settings[_OFFER] = offer
        PartitionKeyDefinition.of(settings.get("partitionKey"))
        _default_ttl(settings.get("defaultTtl"))
        cursor = self._store.write(
            "INSERT INTO containers (database, name, properties, sequence) VALUES (?, ?, ?, 0)",
            (entry.number, name, encode(settings)),
        )
        container = entry.containers[name] = Container(entry, cursor.lastrowid or 0, settings, self._store)
        container.items.create()
        return container

    def replace_container(self, database: str, name: str, properties: JsonObject, now: int) -> Container:
        """Change a container's time to live; its partition key and unique keys are fixed."""
        container = self.container(database, name)
        wanted = settings_of(properties)
        settings = {**container.settings, **wanted, "id": name, "_ts": now}
        for fixed in ("partitionKey", "uniqueKeyPolicy"):
            if wanted.get(fixed, container.settings.get(fixed)) != container.settings.get(fixed):
                raise CosmosError(400, f"The property '{fixed}' of container '{name}' cannot be changed.")
        if "defaultTtl" not in properties:
            settings.pop("defaultTtl", None)
        previous = container.items.paths
        container.configure(settings)
        if container.items.paths != previous:
            container.items.rebuild()
        container.items.expire_by(container.default_ttl)
        self._keep(container)
        return container

    def replace_offer(self, container: Container, offer: JsonObject) -> None:
        """Give a container another throughput."""
        container.configure({**container.settings, _OFFER: offer})
        self._keep(container)

    def _keep(self, container: Container) -> None:
        self._store.write(
            "UPDATE containers SET properties = ? WHERE number = ?", (encode(container.settings), container.number)
        )

    def delete_container(self, database: str, name: str) -> None:
        """Delete a container with its documents."""
        container = self.container(database, name)
        container.items.drop()
        self._store.write("DELETE FROM unique_keys WHERE container = ?", (container.number,))
        self._store.write("DELETE FROM containers WHERE number = ?", (container.number,))
        del self.databases[database].containers[name]


def _checked_name(name: JsonValue, taken: dict[str, DatabaseEntry] | dict[str, Container]) -> str:
    if not isinstance(name, str) or not name:
        raise CosmosError(400, "The input content is invalid because the required properties - 'id; ' - are missing.")
    limits.check_name(name)
    if name in taken:
        raise CosmosError(409, f"Resource with specified id or name already exists: '{name}'.")
    return name


def settings_of(properties: JsonObject) -> JsonObject:
    """Return what a client may set of a container, with the defaults of the partition key that clients rely on."""
    settings = {name: value for name, value in properties.items() if name not in _OWNED}
    key = settings.get("partitionKey")
    if isinstance(key, dict):
        settings["partitionKey"] = {"kind": "Hash", "version": 2, **key}
    return settings


def _default_ttl(value: JsonValue) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value == 0 or value < -1:
        raise CosmosError(400, f"The container's defaultTtl is {value!r}: expected -1 or a positive number of seconds.")
    return value


def _unique_keys(policy: JsonValue) -> tuple[tuple[str, ...], ...]:
    keys = policy.get("uniqueKeys") if isinstance(policy, dict) else None
    found = []
    for key in keys if isinstance(keys, list) else []:
        if isinstance(key, dict) and isinstance(key.get("paths"), list):
            found.append(tuple(str(path) for path in key["paths"]))  # type: ignore[union-attr]  # A list, see above.
    return tuple(found)
