"""What the page shows of items: a page of them, found by partition key or by a piece of their text."""

from typing import Any

import orjson

from emulators.cosmos.catalog import Container
from emulators.cosmos.jsonvalue import JsonValue, decode_stored
from emulators.cosmos.page.accounts_shown import key_shown
from emulators.cosmos.partition import canonical
from emulators.page.shown import text

SHOWN_MAX = 50
SCANNED_MAX = 5000
SCANNED_BYTES_MAX = 16_000_000
_KEYS_MAX = 100
_GIST_BYTES = 300


def items_shown(container: Container, key: str, wanted: str, *, now: int) -> dict[str, Any]:
    """The newest items; with `key` only those of that partition, with `wanted` only those that contain that text.

    At most `SHOWN_MAX` are shown; a search looks at the newest `SCANNED_MAX` or `SCANNED_BYTES_MAX` of the container or
    the partition.
    """
    table = container.items.name
    keys = _spellings(key) if key else []
    where = f"pk IN ({', '.join('?' * len(keys))})" if keys else "1"
    newest = f"SELECT seq FROM {table} WHERE {where} ORDER BY seq DESC LIMIT {SCANNED_MAX if wanted else SHOWN_MAX}"
    sql = (
        f"SELECT pk, id, ts, expires, length(body), substr(body, 1, {_GIST_BYTES}) FROM {table}"
        f" WHERE seq IN ({newest}) AND (expires IS NULL OR expires > ?)"
    )
    parameters: list[str | int | bytes] = [*keys, now]
    if wanted:
        sql += " AND seq >= ? AND (instr(body, ?) OR instr(id, ?))"
        parameters += [_oldest_searched(container, newest, keys), wanted.encode(), wanted]
    sql += f" ORDER BY seq DESC LIMIT {SHOWN_MAX}"
    rows = container.items.select(sql, parameters).fetchall()
    return {"items": [_item_shown(row) for row in rows], "keys": _keys(container)}


def _oldest_searched(container: Container, newest: str, keys: list[str]) -> int:
    """The number of the last write before the search would read too much; SQLite reads no body to tell its length."""
    sql = f"SELECT seq, length(body) FROM {container.items.name} WHERE seq IN ({newest}) ORDER BY seq DESC"
    room, oldest = SCANNED_BYTES_MAX, 0
    for sequence, size in container.items.select(sql, keys):
        room -= size
        if room < 0:
            break
        oldest = sequence
    return int(oldest)


def item_shown(container: Container, key: str, name: str) -> JsonValue:
    """One item as it is stored, by its partition key in JSON and its id; None if it isn't there."""
    found = container.items.find(key, name)
    return None if found is None else decode_stored(found.body)


def _item_shown(row: tuple[str, str, int, int | None, int, bytes]) -> dict[str, Any]:
    key, name, changed, expires, size, head = row
    return {
        "key": key,
        "shown_key": text(key_shown(orjson.loads(key))),
        "id": name,
        "changed": changed * 1000,
        "expires": None if expires is None else expires * 1000,
        "size": size,
        "gist": text(head.decode("utf-8", errors="ignore")),
    }


def _keys(container: Container) -> list[dict[str, Any]]:
    """The partition keys of the newest items, those with the most of them first."""
    sql = (
        f"SELECT pk, count(*) FROM (SELECT pk FROM {container.items.name} ORDER BY seq DESC LIMIT {SCANNED_MAX})"
        f" GROUP BY pk ORDER BY 2 DESC, 1 LIMIT {_KEYS_MAX}"
    )
    rows = container.items.select(sql, ()).fetchall()
    return [{"key": text(key_shown(orjson.loads(key))), "count": count} for key, count in rows]


def _spellings(key: str) -> list[str]:
    """The keys that somebody may mean: `5` is a text or a number, `["a", 1]` a hierarchical key or a text."""
    meant: list[list[JsonValue]] = [[key]]
    try:
        value: JsonValue = orjson.loads(key)
    except orjson.JSONDecodeError:
        return [canonical(components) for components in meant]
    meant.append(value if isinstance(value, list) else [value])
    return [canonical(components) for components in meant]
