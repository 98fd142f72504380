"""The tables of the journal that tell of entities themselves: what they were told to be, and which were deleted."""

import sqlite3

from emulators.servicebus.broker.changes import key_of
from emulators.servicebus.broker.entity_changes import Description, EntityChanges
from emulators.servicebus.catalog import Told
from emulators.servicebus.settings_documents import settings_in, settings_text

SCHEMA = """
create table if not exists description (
    entity_id integer primary key, name text not null, kind text not null, created_at integer not null,
    updated_at integer not null, settings text
);
create table if not exists struck (name text primary key) without rowid;
"""
_REMOVE = "delete from entity where id = ?"
_MAKE = "insert into entity (id, name, last_sequence) values (?, ?, 0)"
_DESCRIBE = "insert or replace into description values (?, ?, ?, ?, ?, ?)"
_STRIKE = "insert or ignore into struck values (?)"
_UNSTRIKE = "delete from struck where name = ?"
_FORGET_MESSAGES = ("delete from message where key between ? and ?", "delete from sighting where key between ? and ?")
_FORGET = (
    "delete from session where entity_id = ?",
    "delete from rules where entity_id = ?",
    "delete from description where entity_id = ?",
)


def read(database: sqlite3.Connection) -> Told:
    """What was made, changed and deleted at run time."""
    rows = database.execute("select name, kind, created_at, updated_at, settings from description order by entity_id")
    described = tuple(
        Description(name, kind, created_at, updated_at, settings_in(text))
        for name, kind, created_at, updated_at, text in rows
        if text is not None
    )
    return Told(described, frozenset(name for (name,) in database.execute("select name from struck")))


def dates(database: sqlite3.Connection) -> dict[int, tuple[int, int]]:
    """When each entity was made and changed, by its number."""
    rows = database.execute("select entity_id, created_at, updated_at from description")
    return {entity_id: (created_at, updated_at) for entity_id, created_at, updated_at in rows}


def make(database: sqlite3.Connection, changes: EntityChanges) -> None:
    """Take the names of what went, and give numbers and names to what came: before anything else is written."""
    database.executemany(_REMOVE, [(entity_id,) for entity_id in changes.gone])
    database.executemany(_MAKE, changes.made.items())


def describe(database: sqlite3.Connection, changes: EntityChanges) -> None:
    """Store what entities are, and forget all of those that went: after everything else was written."""
    database.executemany(_DESCRIBE, [(number, *_row(each)) for number, each in changes.described.items()])
    database.executemany(_STRIKE, [(name,) for name, gone in changes.struck.items() if gone])
    database.executemany(_UNSTRIKE, [(name,) for name, gone in changes.struck.items() if not gone])
    for entity_id in changes.gone:
        for statement in _FORGET_MESSAGES:
            database.execute(statement, (key_of(entity_id, 0), key_of(entity_id + 1, 0) - 1))
        for statement in _FORGET:
            database.execute(statement, (entity_id,))


def _row(each: Description) -> tuple[object, ...]:
    return (*each[:4], None if each.settings is None else settings_text(each.settings))
