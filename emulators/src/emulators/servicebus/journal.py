"""The journal: everything that must survive the process, in one SQLite file with a redo log before it.

1. One record in the log for each turn; what a turn answered leaves only after that is on the disk.
2. The log is folded into the tables bit by bit, so most messages never reach them. A clean end leaves the file alone.
3. Locks and deliveries are not stored: after a restart every message is free again.
4. What changes rarely (entities, rules) is written to the tables at once, after all that is in the log.
5. Entities that left the topology keep their records, in case they return. Those that were deleted at run time don't.
"""

import pickle
import sqlite3
from collections import defaultdict
from pathlib import Path

from emulators.redo import plain
from emulators.redo.log import FILE_BYTES, RedoLog, RedoLogError
from emulators.servicebus import catalog_records
from emulators.servicebus.broker.broker import Plan, Stored
from emulators.servicebus.broker.changes import Changes, Sighting, parts_of
from emulators.servicebus.broker.content import Message
from emulators.servicebus.catalog import Told
from emulators.servicebus.folding import Folding, do, retire
from emulators.servicebus.message_rows import MessageRow, message_of
from emulators.servicebus.rule_documents import rules_in, rules_text
from emulators.servicebus.statements import work_of
from emulators.servicebus.wire.hub import StoringFailed

_SCHEMA_VERSION = 6
_NAME = "servicebus"
_REDO_SCHEMA = "create table redo (retired integer not null); insert into redo values (0);"
_SCHEMA = f"""
{_REDO_SCHEMA}
{catalog_records.SCHEMA}
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
    5: catalog_records.SCHEMA,
    6: _REDO_SCHEMA,
}
_SET_RULES = "insert or replace into rules values (?, ?)"


class JournalError(Exception):
    """The data directory can't be used; the text says why."""


class Forgetful:
    """No journal at all: everything is gone with the process."""

    def commit(self, changes: Changes) -> None:
        """Store nothing."""


class Journal:
    """The files of one endpoint; a second process is kept out of them."""

    def __init__(self, directory: Path, *, log_bytes: int = FILE_BYTES) -> None:
        """Open or make the files and repair what a crash left behind; raises `JournalError`."""
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(directory / f"{_NAME}.sqlite", isolation_level=None, timeout=0)
        except (OSError, sqlite3.Error) as cause:
            raise JournalError(f"data directory {directory}: can't be used: {cause}") from cause
        try:
            self._prepare()
            self._log = self._recovered(directory, log_bytes)
        except (OSError, sqlite3.Error, RedoLogError, pickle.UnpicklingError) as cause:
            self._database.close()
            taken = ": is another endpoint using it?" if "locked" in str(cause) else ""
            raise JournalError(f"data directory {directory}: can't be used: {cause}{taken}") from cause
        self._folding = Folding(self._database, self._log)

    def told(self) -> Told:
        """What was made, changed and deleted at run time."""
        return catalog_records.read(self._database)

    def load(self, plan: Plan) -> dict[str, Stored]:
        """What is stored of each entity of the plan, by name in lower case; new entities get a record.

        Of entities that are not in the plan it gives the number alone.
        """
        self._folding.finish()
        names = [name.lower() for name in plan.names()]
        rows = [(name, 0) for name in names]
        self._database.executemany("insert or ignore into entity (name, last_sequence) values (?, ?)", rows)
        entities = {name: (entity_id, last) for entity_id, name, last in self._database.execute("select * from entity")}
        messages: defaultdict[int, list[Message]] = defaultdict(list)
        for row in self._database.execute("select * from message order by key"):
            messages[parts_of(row[0])[0]].append(message_of(MessageRow(*row)))
        sightings: defaultdict[int, list[Sighting]] = defaultdict(list)
        for row in self._database.execute("select * from sighting order by key"):
            sightings[parts_of(row[0])[0]].append(Sighting(*row))
        states: defaultdict[int, list[tuple[str, bytes, int]]] = defaultdict(list)
        for entity_id, *state in self._database.execute("select * from session"):
            states[entity_id].append(tuple(state))
        rules = {entity_id: rules_in(text) for entity_id, text in self._database.execute("select * from rules")}
        dates = catalog_records.dates(self._database)
        planned = set(names)
        return {
            name: Stored(
                entity_id,
                last,
                tuple(messages[entity_id]),
                tuple(states[entity_id]),
                tuple(sightings[entity_id]),
                rules.get(entity_id),
                *dates.get(entity_id, (0, 0)),
            )
            if name in planned
            else Stored(entity_id)
            for name, (entity_id, last) in entities.items()
        }

    def commit(self, changes: Changes) -> None:
        """Store all changes at once, or raise `StoringFailed`; then nothing may be answered, and nothing follows."""
        try:
            if changes.rules or changes.entities:
                self._write_at_once(changes)
            else:
                work = work_of(changes)
                self._log.append(plain.dump(work))
                self._folding.note(work)
        except (OSError, sqlite3.Error) as cause:
            raise StoringFailed(str(cause)) from cause

    def close(self) -> None:
        """Close the files. Everything is in the tables then, or in the log if they can't be written."""
        try:
            self._folding.finish()
            self._database.close()
            self._log.remove()
        except sqlite3.Error:
            self._log.close()
            self._database.close()

    def _write_at_once(self, changes: Changes) -> None:
        self._folding.finish()
        self._database.execute("begin immediate")
        catalog_records.make(self._database, changes.entities)
        do(self._database, work_of(changes))
        rows = [(entity_id, rules_text(rules)) for entity_id, rules in changes.rules.items()]
        self._database.executemany(_SET_RULES, rows)
        catalog_records.describe(self._database, changes.entities)
        self._database.execute("commit")

    def _recovered(self, directory: Path, log_bytes: int) -> RedoLog:
        (retired,) = self._database.execute("select retired from redo").fetchone()
        log = RedoLog(directory, _NAME, retired=retired, file_bytes=log_bytes)
        try:
            self._database.execute("begin immediate")
            for payload in log.recovered:
                do(self._database, plain.load(payload))
            retire(self._database, log.last)
            self._database.execute("commit")
        except BaseException:
            log.close()
            raise
        log.recovered.clear()
        return log

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
