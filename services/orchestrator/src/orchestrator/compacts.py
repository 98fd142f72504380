"""Many small turns of a long history in one record.

1. A compact record holds consecutive turns as they were written, but for what they share. It takes nothing away: the
   ids that its turns consumed, their outbox and their writers are in it.
2. Its id is that of its last turn and a mark, so that it stands in the range of ids of a history where its last turn
   stood. Its turns are deleted the last first: whatever of them is left comes before it in a scan, and from its start.
3. A turn that stands in a compact record counts once, whether or not its own record is still there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson

from durable.ports import Record
from orchestrator.pages import PAGE_BYTES_MAX
from orchestrator.records import VERSION, turn_id

KIND = "compact"
_SHARED = ("partition", "instance_id", "run", "execution")
_DROPPED = frozenset({"id", "kind", *_SHARED})
_MARK = "~~"
_MARGIN = 2_000


def compact(turns: Sequence[Record]) -> Record:
    """Put consecutive turns of one execution into one record."""
    last = turns[-1]
    return {
        "v": VERSION,
        "id": turn_id(last["instance_id"], last["execution"], last["sequence"]) + _MARK,
        "kind": KIND,
        **{name: last[name] for name in _SHARED},
        "turns": [_slim(turn) for turn in turns],
    }


def turns_in(record: Record) -> Iterator[Record]:
    """Give the turns of a compact record as they were written."""
    shared = {"kind": "turn", **{name: record[name] for name in _SHARED}}
    for slim in record["turns"]:
        yield {**shared, "id": turn_id(record["instance_id"], record["execution"], slim["sequence"]), **slim}


def last_turn(record: Record) -> int:
    """Give the sequence of the last turn in a compact record."""
    return int(record["turns"][-1]["sequence"])


def groups(turns: Sequence[Record]) -> list[list[Record]]:
    """Sort consecutive turns into groups that fit into one record each; one that is large stays alone."""
    found: list[list[Record]] = []
    size = 0
    for turn in turns:
        own = len(orjson.dumps(_slim(turn))) + 1
        if not found or size + own > PAGE_BYTES_MAX - _MARGIN:
            found.append([])
            size = 0
        found[-1].append(turn)
        size += own
    return found


def _slim(turn: Record) -> Record:
    return {name: value for name, value in turn.items() if name not in _DROPPED}
