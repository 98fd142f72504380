"""The databases and containers of the account: in memory for speed, in SQLite for good."""

from base64 import b64encode

from emulators.cosmos import limits
from emulators.cosmos.container_settings import (
    OFFER,
    check_change,
    check_settings,
    default_ttl,
    settings_of,
    unique_keys,
)
from emulators.cosmos.documents import etag
from emulators.cosmos.errors import OWNER_NOT_FOUND, CosmosError
from emulators.cosmos.indexing import IndexPolicy
from emulators.cosmos.jsonvalue import JsonObject, JsonValue, decode_stored, encode
from emulators.cosmos.partition import PartitionKey, PartitionKeyDefinition
from emulators.cosmos.store.database import Database
from emulators.cosmos.store.items import ItemTable
from emulators.cosmos.store.unique_keys import UniqueKeys
from emulators.cosmos.throughput import Budget, rate_of


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
        self.provide(None)

    def provide(self, offer: JsonObject | None) -> None:
        """Give throughput to all containers that have none of their own; None takes it away."""
        self.offer = offer
        rate = rate_of(offer)
        self.budget = None if rate is None else Budget(rate)

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
        content = self.settings.get(OFFER)
        return content if isinstance(content, dict) else None

    def configure(self, properties: JsonObject) -> None:
        """Take over what may change in a container's life: time to live, index policy and throughput."""
        self.settings = properties
        rate = rate_of(properties.get(OFFER))
        self.budget = None if rate is None else Budget(rate)
        self.default_ttl = default_ttl(properties.get("defaultTtl"))
        policy = properties.get("indexingPolicy")
        self.policy = IndexPolicy(policy if isinstance(policy, dict) else {})
        self.items = ItemTable(self._store, self.number, self.policy)
        self.unique_keys = unique_keys(properties.get("uniqueKeyPolicy"))

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

    def delete_partition(self, key: PartitionKey) -> None:
        """Delete all documents of one logical partition."""
        self.next_sequence()
        self.items.delete_partition(key.text)
        self.keep_sequence()
        self._store.write("DELETE FROM unique_keys WHERE container = ? AND pk = ?", (self.number, key.text))

    def unique_keys_of(self, key: PartitionKey) -> UniqueKeys:
        """Return the unique keys of one logical partition."""
        return UniqueKeys(self._store, self.number, key.text)

    def properties(self) -> JsonObject:
        """Return the container as clients see it."""
        changed = self.settings.get("_ts", 0)
        assert isinstance(changed, int)
        return {
            **{name: value for name, value in self.settings.items() if name != OFFER},
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
        for number, content in store.read("SELECT number, content FROM database_offers"):
            by_number[number].provide(decode_stored(content))
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

    def create_database(self, name: JsonValue, now: int, offer: JsonObject | None = None) -> DatabaseEntry:
        """Create a database, with throughput if there is an offer; 409 if the name is taken."""
        checked = _checked_name(name, self.databases)
        cursor = self._store.write("INSERT INTO databases (name, created) VALUES (?, ?)", (checked, now))
        entry = self.databases[checked] = DatabaseEntry(cursor.lastrowid or 0, checked, now)
        if offer is not None:
            self.replace_offer(entry, offer)
        return entry

    def delete_database(self, name: str) -> None:
        """Delete a database with its containers."""
        entry = self.database(name)
        for container in list(entry.containers):
            self.delete_container(name, container)
        self._store.write("DELETE FROM database_offers WHERE number = ?", (entry.number,))
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
            settings[OFFER] = offer
        check_settings(settings)
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
        check_change(container.settings, wanted)
        check_settings(settings)
        if "defaultTtl" not in properties:
            settings.pop("defaultTtl", None)
        previous = container.items.paths
        container.configure(settings)
        if container.items.paths != previous:
            container.items.rebuild()
        container.items.expire_by(container.default_ttl)
        self._keep(container)
        return container

    def replace_offer(self, owner: DatabaseEntry | Container, offer: JsonObject) -> None:
        """Give a database or container another throughput."""
        if isinstance(owner, Container):
            owner.configure({**owner.settings, OFFER: offer})
            self._keep(owner)
            return
        owner.provide(offer)
        self._store.write("INSERT OR REPLACE INTO database_offers VALUES (?, ?)", (owner.number, encode(offer)))

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
