"""The store: one SQLite file, one connection, one thread.

1. `add` returns once the batch is committed, so what was acknowledged outlives `kill -9`. It is not forced to the disk:
   a power cut may cost the last seconds.
2. Beyond `items_max` spans and log records the traces that have been quiet the longest go, whole, one in twenty.
3. Envelopes and points are kept as many as the constants say, the newest.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import time
from typing import Any

import orjson

from emulators.telemetry.records import Batch, Envelope, LogRecord, Point, Span
from emulators.telemetry.store import rows
from emulators.telemetry.store.tables import (
    ADD_ENVELOPE,
    ADD_LABEL,
    ADD_LINK,
    ADD_LOG,
    ADD_POINT,
    ADD_SPAN,
    SCHEMA,
)

ITEMS_MAX = 500_000
ENVELOPES_MAX = 50_000
POINTS_MAX = 200_000
_ITEMS = ("spans", "logs")
_TABLES = (*_ITEMS, "links", "labels", "traces", "points", "envelopes")
_FILLED_AFTER_DROPPING = 0.95


class Store:
    """Everything that came, in a file or, without a path, in memory."""

    def __init__(self, path: Path | None, *, items_max: int = ITEMS_MAX) -> None:
        """Open or make the file; raises `OSError`."""
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._items_max = items_max
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False, timeout=1)
        self._connection.row_factory = sqlite3.Row
        try:
            self._connection.executescript(
                "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                "PRAGMA cache_size=-65536; PRAGMA recursive_triggers=OFF;" + SCHEMA
            )
            self._items = self._count()
        except sqlite3.Error as error:
            self._connection.close()
            raise OSError(f"The store {path} can't be opened ({error}): is another collector using it?") from error

    def add(self, batch: Batch) -> None:
        """Keep what one request brought; raises `sqlite3.Error`, and then nothing of it is kept."""
        arrived = time()
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute("UPDATE changes SET number = number + 1")
            connection.executemany(ADD_SPAN, [rows.span_row(span, batch.way) for span in batch.spans])
            connection.executemany(ADD_LINK, rows.link_rows(batch))
            connection.executemany(ADD_LABEL, rows.label_rows(batch))
            connection.executemany(ADD_LOG, [rows.log_row(log) for log in batch.logs])
            connection.executemany(ADD_POINT, [rows.point_row(point) for point in batch.points])
            connection.executemany(ADD_ENVELOPE, [(arrived, orjson.dumps(each)) for each in batch.envelopes])
            self._drop_oldest(batch)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def select(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> sqlite3.Cursor:
        """Run a SELECT; rows are known by number and by name."""
        return self._connection.execute(sql, parameters)

    @property
    def changes(self) -> int:
        """A number that grows with every batch."""
        return int(self.select("SELECT number FROM changes").fetchone()[0])

    def spans(self, trace_id: str | None = None) -> list[Span]:
        """All spans, or those of a trace, by their start."""
        where, given = ("WHERE trace_id = ?", (trace_id,)) if trace_id else ("", ())
        return self._spans(where, given)

    def spans_among(self, trace_id: str, span_ids: Sequence[str]) -> list[Span]:
        """The spans of a trace that have one of these ids, at most a few thousand."""
        places = ", ".join("?" * len(span_ids))
        return self._spans(f"WHERE trace_id = ? AND span_id IN ({places})", (trace_id, *span_ids))

    def outlines(self, trace_id: str) -> list[Span]:
        """The spans of a trace by their start, without attributes, problems and links: a trace may have very many."""
        return [rows.span_of(row, []) for row in self.select(rows.OUTLINES, (trace_id,))]

    def logs(self, trace_id: str | None = None, most: int = -1) -> list[LogRecord]:
        """All log records and exceptions, or those of a trace, by their time; at most so many."""
        where, given = ("WHERE trace_id = ?", (trace_id,)) if trace_id else ("", ())
        found = self.select(f"SELECT * FROM logs {where} ORDER BY at, number LIMIT {most}", given)
        return [rows.log_of(row) for row in found]

    def points(self) -> list[Point]:
        """All points of metrics, as they came."""
        return [rows.point_of(row) for row in self.select("SELECT * FROM points ORDER BY number")]

    def envelopes(self) -> list[Envelope]:
        """The items of Application Insights that were taken, as they came."""
        found = self.select("SELECT arrived, content FROM envelopes ORDER BY number")
        return [Envelope(arrived, orjson.loads(content)) for arrived, content in found]

    def clear(self) -> None:
        """Forget everything."""
        for table in _TABLES:
            self._connection.execute(f"DELETE FROM {table}")
        self._connection.execute("UPDATE changes SET number = number + 1")
        self._items = 0

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _spans(self, where: str, given: Sequence[str]) -> list[Span]:
        links: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for row in self.select(f"SELECT * FROM links {where}", given):
            links.setdefault((row[0], row[1]), []).append((row[2], row[3]))
        found = self.select(f"SELECT * FROM spans {where} ORDER BY start, rowid", given)
        return [rows.span_of(row, links.get((row["trace_id"], row["span_id"]), [])) for row in found]

    def _drop_oldest(self, batch: Batch) -> None:
        if batch.envelopes:
            self._keep_newest("envelopes", ENVELOPES_MAX)
        if batch.points:
            self._keep_newest("points", POINTS_MAX)
        self._items += len(batch.spans) + len(batch.logs)
        if self._items > self._items_max:
            self._items = self._count()  # What came again was counted twice until here.
        if self._items > self._items_max:
            self._drop_quiet_traces(int(self._items_max * _FILLED_AFTER_DROPPING))

    def _keep_newest(self, table: str, most: int) -> None:
        self._connection.execute(f"DELETE FROM {table} WHERE number <= (SELECT max(number) FROM {table}) - {most}")

    def _drop_quiet_traces(self, wanted: int) -> None:
        for (trace_id,) in self.select("SELECT trace_id FROM traces ORDER BY changed").fetchall():
            self._items -= sum(self._forget(table, trace_id) for table in _ITEMS)
            for table in ("links", "labels", "traces"):
                self._forget(table, trace_id)
            if self._items <= wanted:
                break
        # What belongs to no trace goes with the traces of its time.
        outside = "DELETE FROM logs WHERE trace_id = '' AND at < coalesce((SELECT min(start) FROM traces), at + 1)"
        self._items -= self._connection.execute(outside).rowcount

    def _forget(self, table: str, trace_id: str) -> int:
        return self._connection.execute(f"DELETE FROM {table} WHERE trace_id = ?", (trace_id,)).rowcount

    def _count(self) -> int:
        return int(self.select("SELECT (SELECT count(*) FROM spans) + (SELECT count(*) FROM logs)").fetchone()[0])
