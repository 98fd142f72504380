"""Rewrites many small turns of an instance as few larger records, and deletes the turns.

What if the process dies …
  before a compact record is written: nothing has changed.
  after it, before all of its turns are deleted: readers pass the rest over, and whoever loads the instance sweeps it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from durable.errors import Refusal, WriteRefused
from durable.ports import Create, Record
from orchestrator.compacts import compact, groups
from orchestrator.engine import Identity
from orchestrator.host.committer import Committer
from orchestrator.host.erasing import erase
from orchestrator.host.loading import Loader
from orchestrator.pages import KIND as PAGE
from orchestrator.records import turn_id


@dataclass(frozen=True, slots=True)
class Span:
    """Turns of one execution, from the first to the last."""

    identity: Identity
    first: int
    last: int


async def compact_turns(span: Span, loader: Loader, committer: Committer) -> None:
    """Compact those of the turns that are small enough for it to help.

    Raises:
        OwnershipLost: the partition has another owner, who will find what is left to be done.
    """
    id_, execution = span.identity.instance_id, span.identity.execution
    stored = await loader.records(turn_id(id_, execution, span.first), turn_id(id_, execution, span.last))
    for run in _runs(stored):
        for turns in groups(run):
            if len(turns) > 1 and await _written(compact(turns), loader, committer):
                await erase([turn["id"] for turn in turns], committer)


def _runs(stored: Sequence[Record]) -> Iterator[list[Record]]:
    """Give the consecutive turns that stand in one record each."""
    run: list[Record] = []
    for record in stored:
        if record["kind"] == PAGE:
            continue
        if run and (record["kind"] != "turn" or record["sequence"] != run[-1]["sequence"] + 1):
            yield run
            run = []
        if record["kind"] == "turn" and "pages" not in record:
            run.append(record)
    yield run


async def _written(record: Record, loader: Loader, committer: Committer) -> bool:
    try:
        await committer.rewrite([Create(record)])
    except WriteRefused as refused:
        if refused.refusal is not Refusal.EXISTS:
            raise
        # An earlier try wrote it; its turns may go if it holds the very same.
        return await loader.records(record["id"], record["id"]) == [record]
    return True
