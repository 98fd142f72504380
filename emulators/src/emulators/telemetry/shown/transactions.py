"""The list of transactions: one for each trace, the latest first, found by id, by instance, or by a text.

A text is looked for in the names of spans, roles, sagas and steps, in instance ids, and in the messages of the last
log records.
"""

from collections.abc import Sequence
from typing import Any

from emulators.page.shown import text
from emulators.telemetry.store.store import Store

ROWS_MAX = 200
LABELS_SHOWN = 20
_LOGS_SEARCHED = 50_000
_FOUND = """
trace_id IN (SELECT trace_id FROM traces WHERE trace_id LIKE :start ESCAPE '\\'
    UNION SELECT trace_id FROM labels WHERE text LIKE :within ESCAPE '\\'
    UNION SELECT trace_id FROM logs WHERE number > (SELECT max(number) FROM logs) - :searched
        AND (message LIKE :within ESCAPE '\\' OR exception LIKE :within ESCAPE '\\'))
"""
_Labels = dict[tuple[str, str], list[str]]
_ONLY = {
    "all": "1",
    "failed": "failures + exceptions > 0",
    "runs": "EXISTS (SELECT 1 FROM labels WHERE labels.trace_id = traces.trace_id AND kind = 'instance')",
}


def transactions_shown(store: Store, find: str, only: str) -> dict[str, Any]:
    """The transactions that contain `find`: all, those that are "runs" of instances, or those that "failed"."""
    where = f"WHERE {_ONLY[only]} AND {_FOUND}" if find else f"WHERE {_ONLY[only]}"
    pattern = escaped(find)
    given = {"start": f"{pattern}%", "within": f"%{pattern}%", "searched": _LOGS_SEARCHED}
    found = store.select(f"SELECT * FROM traces {where} ORDER BY start DESC LIMIT {ROWS_MAX}", given).fetchall()
    matching = store.select(f"SELECT count(*) FROM traces {where}", given).fetchone()[0]
    labels = _labels(store, [row["trace_id"] for row in found])
    return {
        "matching": matching,
        "transactions": [_transaction(row, labels) for row in found],
        **totals(store),
    }


def totals(store: Store) -> dict[str, int]:
    """What is kept in all."""
    row = store.select(
        "SELECT count(*) AS traces, coalesce(sum(spans), 0) AS spans, coalesce(sum(failures), 0) AS failures,"
        " coalesce(sum(exceptions), 0) AS exceptions, coalesce(sum(logs), 0) AS logs,"
        " coalesce(sum(duplicates), 0) AS duplicates, coalesce(sum(failures + exceptions > 0), 0) AS failed,"
        " (SELECT count(DISTINCT trace_id) FROM labels WHERE kind = 'instance') AS runs FROM traces"
    ).fetchone()
    return dict(zip(row.keys(), row, strict=True))


def summary(store: Store, trace_id: str) -> dict[str, Any] | None:
    """One transaction as the list has it, or None."""
    row = store.select("SELECT * FROM traces WHERE trace_id = ?", (trace_id,)).fetchone()
    return None if row is None else _transaction(row, _labels(store, [trace_id]))


def _transaction(row: Any, labels: _Labels) -> dict[str, Any]:
    return {
        "trace_id": row["trace_id"],
        "name": text(row["name"]),
        "role": text(row["role"]),
        "has_root": row["rooted"] == 1,
        "start": row["start"],
        "duration": row["end"] - row["start"],
        **{name: row[name] for name in ("spans", "failures", "exceptions", "logs", "duplicates")},
        "instances": labels.get((row["trace_id"], "instance"), []),
        "sagas": labels.get((row["trace_id"], "saga"), []),
    }


def _labels(store: Store, trace_ids: Sequence[str]) -> _Labels:
    places = ", ".join("?" * len(trace_ids))
    wanted = f"SELECT * FROM labels WHERE kind IN ('instance', 'saga') AND trace_id IN ({places})"
    found: _Labels = {}
    for trace_id, kind, name in store.select(wanted, trace_ids):
        known = found.setdefault((trace_id, kind), [])
        if len(known) < LABELS_SHOWN:
            known.append(name)
    return found


def escaped(find: str) -> str:
    """A text as a part of a pattern for LIKE, in which the backslash escapes."""
    return find.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
