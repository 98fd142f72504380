"""Changes as statements of SQL with their rows: what the redo log keeps, and what is done to the tables in the end.

1. Statements are named by their place in `STATEMENTS`; that is the format of the log, so new ones go to the end.
2. Each may be done again, and over a table that has some of its effects already: that is what recovery does.
"""

from emulators.servicebus.broker.changes import Changes, key_of
from emulators.servicebus.message_rows import row_of

Row = tuple[object, ...]
Rows = list[Row]
# Statements by number, each with its rows.
Work = list[tuple[int, Rows]]

STATEMENTS = (
    "insert or replace into message values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "update message set state = ?, delivery_count = ? where key = ?",
    "delete from message where key = ?",
    "insert or replace into sighting values (?, ?, ?, ?)",
    "delete from sighting where key between ? and ?",
    "update entity set last_sequence = ? where id = ?",
    "insert or replace into session values (?, ?, ?, ?)",
    "delete from session where entity_id = ? and session_id = ?",
    "update message set bare = ? where key = ?",
)
INSERT, UPDATE, DELETE, ADD_SIGHTING, DROP_SIGHTINGS, SET_SEQUENCE, SET_STATE, DROP_STATE, REWRITE = range(
    len(STATEMENTS)
)


def work_of(changes: Changes) -> Work:
    """All changes to messages, sessions, numbers and sightings."""
    work: Work = []
    if changes.inserted:
        work.append((INSERT, [row_of(message) for message in changes.inserted.values()]))
    if changes.updated:
        rows: Rows = [(int(each.state), each.delivery_count, key) for key, each in changes.updated.items()]
        work.append((UPDATE, rows))
    if changes.deleted:
        work.append((DELETE, list(changes.deleted)))
    if changes.sightings:
        work.append((ADD_SIGHTING, [tuple(sighting) for sighting in changes.sightings]))
    return work + _rarer_work(changes)


def _rarer_work(changes: Changes) -> Work:
    work: Work = []
    if changes.rewritten:
        work.append((REWRITE, [(each.content.bare, key) for key, each in changes.rewritten.items()]))
    if changes.sequences:
        work.append((SET_SEQUENCE, [(last, entity_id) for entity_id, last in changes.sequences.items()]))
    if changes.forgotten:
        rows: Rows = [(key_of(entity_id, 0), key) for entity_id, key in changes.forgotten.items()]
        work.append((DROP_SIGHTINGS, rows))
    for session, state in changes.session_states.items():
        work.append((DROP_STATE, [session]) if state is None else (SET_STATE, [(*session, *state)]))
    return work
