"""What the tables lack yet: the net effect of the records in one file of the redo log.

A message that comes and goes before it is folded never reaches the tables. Most do.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import islice

from emulators.servicebus.statements import (
    ADD_SIGHTING,
    DELETE,
    DROP_SIGHTINGS,
    DROP_STATE,
    INSERT,
    REWRITE,
    SET_SEQUENCE,
    SET_STATE,
    UPDATE,
    Row,
    Rows,
    Work,
)

Held = dict[object, Row]


class Unfolded:
    """The work of one file of the log; `last` is the number of its last record, `older` the work of the other file."""

    def __init__(self, last: int, older: "Unfolded | None" = None) -> None:
        self.last = last
        self._older = older
        # Rows by key, in three groups of which a message is in one; sightings by theirs.
        self._inserted: Held = {}
        self._updated: Held = {}
        self._deleted: Held = {}
        self._sightings: Held = {}
        # By what they are about; the last one counts.
        kinds = (DROP_SIGHTINGS, SET_SEQUENCE, SET_STATE, DROP_STATE, REWRITE)
        self._rest: dict[int, Held] = {kind: {} for kind in kinds}
        self._rows = self._each_row()

    def note(self, work: Work) -> None:
        """Add the work of one record."""
        for number, rows in work:
            _NOTES[number](self, rows)

    def take(self, count: int) -> Work:
        """Remove and give that many rows of what there may be many of, oldest first; fewer only at the end.

        From the first call on nothing may be noted here any more.
        """
        found: defaultdict[int, Rows] = defaultdict(list)
        for number, row in islice(self._rows, count):
            found[number].append(row)
        return list(found.items())

    def rest(self) -> Work:
        """What is folded at the very end: there is little of it."""
        return [(number, list(rows.values())) for number, rows in self._rest.items()]

    def forget_older(self) -> None:
        """The other file is folded."""
        self._older = None

    def __len__(self) -> int:
        """How many rows `take` has to give."""
        return len(self._inserted) + len(self._updated) + len(self._deleted) + len(self._sightings)

    def on_insert(self, rows: Rows) -> None:
        self._inserted |= {row[0]: row for row in rows}

    def on_update(self, rows: Rows) -> None:
        for state, delivery_count, key in rows:
            inserted = self._inserted.get(key)
            if inserted is None:
                self._updated[key] = (state, delivery_count, key)
            else:
                self._inserted[key] = (key, state, delivery_count, *inserted[3:])

    def on_delete(self, rows: Rows) -> None:
        older = self._older
        for row in rows:
            (key,) = row
            if self._inserted.pop(key, None) is None:
                self._updated.pop(key, None)
                if older is None or not older.drop(key):
                    self._deleted[key] = row

    def drop(self, key: object) -> bool:
        """Forget a message that is gone; whether the tables never saw it."""
        self._updated.pop(key, None)
        return self._inserted.pop(key, None) is not None

    def on_sighting(self, rows: Rows) -> None:
        self._sightings |= {row[0]: row for row in rows}

    def on_drop_sightings(self, rows: Rows) -> None:
        self._rest[DROP_SIGHTINGS] |= {row[0]: row for row in rows}

    def on_rewrite(self, rows: Rows) -> None:
        self._rest[REWRITE] |= {row[1]: row for row in rows}

    def on_sequence(self, rows: Rows) -> None:
        self._rest[SET_SEQUENCE] |= {row[1]: row for row in rows}

    def on_set_state(self, rows: Rows) -> None:
        for row in rows:
            self._rest[SET_STATE][row[:2]] = row
            self._rest[DROP_STATE].pop(row[:2], None)

    def on_drop_state(self, rows: Rows) -> None:
        for row in rows:
            self._rest[DROP_STATE][row] = row
            self._rest[SET_STATE].pop(row, None)

    def _each_row(self) -> Iterator[tuple[int, Row]]:
        """Rows one by one. What is taken leaves its group; what leaves its group in the meantime is not taken."""
        groups = (
            (INSERT, self._inserted),
            (UPDATE, self._updated),
            (DELETE, self._deleted),
            (ADD_SIGHTING, self._sightings),
        )
        for number, group in groups:
            for key in list(group):
                row = group.pop(key, None)
                if row is not None:
                    yield number, row


_NOTES: dict[int, Callable[[Unfolded, Rows], None]] = {
    INSERT: Unfolded.on_insert,
    UPDATE: Unfolded.on_update,
    DELETE: Unfolded.on_delete,
    ADD_SIGHTING: Unfolded.on_sighting,
    DROP_SIGHTINGS: Unfolded.on_drop_sightings,
    SET_SEQUENCE: Unfolded.on_sequence,
    REWRITE: Unfolded.on_rewrite,
    SET_STATE: Unfolded.on_set_state,
    DROP_STATE: Unfolded.on_drop_state,
}
