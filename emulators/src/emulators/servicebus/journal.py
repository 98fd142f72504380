"""The journal: everything that must survive the process, in one SQLite file.

1. One transaction for each turn; what a turn answered leaves only after its commit.
2. Locks and deliveries are not stored: after a restart every message is free again.
3. A commit is forced to the disk before anybody is told. That costs 60 us of CPU, most of the price of a message sent
   alone and little of one in a batch, and makes figures measured here comparable.
4. Entities that left the topology keep their records, in case they return.
"""

import sqlite3
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from emulators.servicebus.broker.broker import Plan, Stored
from emulators.servicebus.broker.changes import Changes, Sighting, key_of, parts_of
from emulators.servicebus.broker.content import Content, DeadLetter, Message, State
from emulators.servicebus.rule_documents import rules_in, rules_text
from emulators.servicebus.wire.hub import StoringFailed

_SCHEMA_VERSION = 4
_FILE_NAME = "servicebus.sqlite"
_SCHEMA = """
create table entity (id integer primary key, name text not null unique, last_sequence integer not null);
create table message (
    key integer primary key, state integer not null, delivery_count integer not null, enqueued_at integer not null,
    origin_sequence integer not null, expires_at integer not null, reason text, description text,
    message_id blob not null, session_id text, time_to_live integer not null, due_at integer not null,
    annotations blob not null, annotation_count integer not null, bare blob not null,
    hops integer not null
);
create table session (
    entity_id integer not null, session_id text not null, state blob not null,
    set_at integer not null default 0, primary key (entity_id, session_id)
) without rowid;
create table sighting (key integer primary key, seen_at integer not null, sequence integer not null, message_id blob
not null);
create table rules (entity_id integer primary key, document text not null);
"""
# What each older version lacks, by the version that has it.
_UPGRADES = {
    2: "create table rules (entity_id integer primary key, document text not null);",
    3: "alter table message add column hops integer not null default 0;",
    4: "alter table session add column set_at integer not null default 0;",
}
_INSERT = "insert into message values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_UPDATE = "update message set state = ?, delivery_count = ? where key = ?"
_DELETE = "delete from message where key = ?"
_ADD_SIGHTING = "insert into sighting values (?, ?, ?, ?)"
_DROP_SIGHTINGS = "delete from sighting where key between ? and ?"
_SET_SEQUENCE = "update entity set last_sequence = ? where id = ?"
_DROP_STATE = "delete from session where entity_id = ? and session_id = ?"
_SET_STATE = "insert or replace into session values (?, ?, ?, ?)"
_SET_RULES = "insert or replace into rules values (?, ?)"


class _Record(NamedTuple):
    """A row of table `message`, in the order of its columns."""

    key: int
    state: int
    delivery_count: int
    enqueued_at: int
    origin_sequence: int
    expires_at: int
    reason: str | None
    description: str | None
    message_id: bytes
    session_id: str | None
    time_to_live: int
    due_at: int
    annotations: bytes
    annotation_count: int
    bare: bytes
    hops: int


class JournalError(Exception):
    """The data directory can't be used; the text says why."""


class Forgetful:
    """No journal at all: everything is gone with the process."""

    def commit(self, changes: Changes) -> None:
        """Store nothing."""


class Journal:
    """The file of one endpoint; a second process is kept out of it."""

    def __init__(self, directory: Path) -> None:
        """Open or make the file; raises `JournalError`."""
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(directory / _FILE_NAME, isolation_level=None, timeout=0)
        except (OSError, sqlite3.Error) as cause:
            raise JournalError(f"data directory {directory}: can't be used: {cause}") from cause
        try:
            self._prepare()
        except sqlite3.Error as cause:
            self._database.close()
            raise JournalError(f"data directory {directory}: can't be used: {cause}") from cause

    def load(self, plan: Plan) -> dict[str, Stored]:
        """What is stored of each entity of the plan, by name in lower case; new entities get a record."""
        names = [name.lower() for name in plan.names()]
        rows = [(name, 0) for name in names]
        self._database.executemany("insert or ignore into entity (name, last_sequence) values (?, ?)", rows)
        entities = {name: (entity_id, last) for entity_id, name, last in self._database.execute("select * from entity")}
        messages: defaultdict[int, list[Message]] = defaultdict(list)
        for row in self._database.execute("select * from message order by key"):
            messages[parts_of(row[0])[0]].append(_message(_Record(*row)))
        sightings: defaultdict[int, list[Sighting]] = defaultdict(list)
        for row in self._database.execute("select * from sighting order by key"):
            sightings[parts_of(row[0])[0]].append(Sighting(*row))
        states: defaultdict[int, list[tuple[str, bytes, int]]] = defaultdict(list)
        for entity_id, *state in self._database.execute("select * from session"):
            states[entity_id].append(tuple(state))
        rules = {entity_id: rules_in(text) for entity_id, text in self._database.execute("select * from rules")}
        return {
            name: Stored(
                entity_id,
                last,
                tuple(messages[entity_id]),
                tuple(states[entity_id]),
                tuple(sightings[entity_id]),
                rules.get(entity_id),
            )
            for name, (entity_id, last) in entities.items()
            if name in set(names)
        }

    def commit(self, changes: Changes) -> None:
        """Store all changes at once, or raise `StoringFailed` and store none."""
        try:
            self._database.execute("begin")
            self._write(changes)
            self._database.execute("commit")
        except sqlite3.Error as cause:
            raise StoringFailed(str(cause)) from cause

    def close(self) -> None:
        """Close the file; everything in it is complete already."""
        self._database.close()

    def _write(self, changes: Changes) -> None:
        states = changes.session_states.items()
        for statement, rows in (
            (_INSERT, [_row(message) for message in changes.inserted.values()]),
            (_UPDATE, [(each.state, each.delivery_count, key) for key, each in changes.updated.items()]),
            (_DELETE, changes.deleted),
            (_ADD_SIGHTING, changes.sightings),
            (_DROP_SIGHTINGS, [(key_of(entity_id, 0), key) for entity_id, key in changes.forgotten.items()]),
            (_SET_SEQUENCE, [(last, entity_id) for entity_id, last in changes.sequences.items()]),
            (_SET_STATE, [(*session, *state) for session, state in states if state is not None]),
            (_DROP_STATE, [session for session, state in states if state is None]),
            (_SET_RULES, [(entity_id, rules_text(rules)) for entity_id, rules in changes.rules.items()]),
        ):
            if rows:
                self._database.executemany(statement, rows)

    def _prepare(self) -> None:
        for setting in ("locking_mode = exclusive", "journal_mode = wal", "synchronous = full"):
            self._database.execute(f"pragma {setting}")
        (version,) = self._database.execute("pragma user_version").fetchone()
        if version == 0:
            self._database.executescript(f"begin; {_SCHEMA} pragma user_version = {_SCHEMA_VERSION}; commit;")
        elif version > _SCHEMA_VERSION:
            raise sqlite3.DatabaseError(f"its schema version is {version}, this program knows {_SCHEMA_VERSION}")
        for newer in range(version + 1, _SCHEMA_VERSION + 1) if version else ():
            self._database.executescript(f"begin; {_UPGRADES[newer]} pragma user_version = {newer}; commit;")


def _row(message: Message) -> tuple[object, ...]:
    content = message.content
    reason, description = message.dead_letter or (None, None)
    return (
        message.key,
        message.state,
        message.delivery_count,
        message.enqueued_at,
        message.origin_sequence,
        message.expires_at,
        reason,
        description,
        content.message_id,
        content.session_id,
        content.time_to_live,
        content.due_at,
        content.annotations,
        content.annotation_count,
        content.bare,
        content.hops,
    )


def _message(record: _Record) -> Message:
    content = Content(
        record.bare,
        record.message_id,
        record.session_id,
        record.time_to_live,
        record.due_at,
        record.annotations,
        record.annotation_count,
        record.hops,
    )
    buried = record.reason is not None or record.description is not None
    return Message(
        record.key,
        parts_of(record.key)[1],
        content,
        record.enqueued_at,
        record.origin_sequence,
        expires_at=record.expires_at,
        delivery_count=record.delivery_count,
        state=State(record.state),
        dead_letter=DeadLetter(record.reason, record.description) if buried else None,
    )
