"""Whole turns from the records in which a history is stored: turns, pages and compact records.

1. Turns come whole, each once, in order of sequence, while somebody else compacts them or not.
2. What no valid turn names is passed over: the pages of a try that came to nothing, and turns that stand in a compact
   record as well.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator

from durable.ports import Record, Stored
from orchestrator import compacts, pages


class Assembly:
    """Takes the records of one execution in order of id, and gives whole turns.

    Attributes:
        covered: ids of turns that stand in a compact record as well; nobody needs them any more.
        unnamed: pages that no turn names, as far as was read.
        compacted: sequence of the last turn that came from a compact record.
    """

    def __init__(self, after: int = 0) -> None:
        self.covered: list[str] = []
        self.unnamed: list[Record] = []
        self.compacted = 0
        self._after = self._last = after
        self._closing: Record | None = None
        self._pages: list[Record] = []

    def take(self, record: Record) -> Iterator[Record]:
        """Take the next record; give the turns that are whole now."""
        if record["kind"] == pages.KIND:
            yield from self._page(record)
            return
        yield from self.rest()
        if record["kind"] == compacts.KIND:
            yield from self._compact(record)
        elif record["sequence"] <= self._last:
            self.covered.append(record["id"])
        elif "pages" in record:
            self._closing = record
        else:
            yield self._given(record)

    def rest(self) -> Iterator[Record]:
        """Give a turn whose pages are not all there, as it stands: `decode_turn` refuses it."""
        if self._closing is not None:
            closing, self._closing, self._pages = self._closing, None, []
            yield self._given(closing)

    def _page(self, page: Record) -> Iterator[Record]:
        closing = self._closing
        if closing is None or page["writer"] != closing["writer"]:
            self.unnamed.append(page)
            return
        self._pages.append(page)
        if len(self._pages) == closing["pages"]:
            turn = pages.joined(closing, self._pages)
            self._closing, self._pages = None, []
            yield self._given(turn)

    def _compact(self, record: Record) -> Iterator[Record]:
        self.compacted = compacts.last_turn(record)
        for turn in compacts.turns_in(record):
            if turn["sequence"] > self._last:
                yield self._given(turn)
            elif turn["sequence"] > self._after:
                self.covered.append(turn["id"])

    def _given(self, turn: Record) -> Record:
        self._last = turn["sequence"]
        return turn


async def whole_turns(scan: AsyncIterator[Stored], assembly: Assembly) -> AsyncGenerator[Record]:
    """Put the turns together from a scan over a range of an execution; errors as the scan."""
    async for stored in scan:
        for turn in assembly.take(stored.record):
            yield turn
    for turn in assembly.rest():
        yield turn
