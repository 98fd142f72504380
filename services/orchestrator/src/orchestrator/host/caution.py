"""Keeps an instance whose turn kills its host from killing every host there is.

What if the process dies …
  while instances are named: they are suspected, one time more. The third time one is blocked, and its code not run.
  between two: nobody is.

1. After a takeover from an owner that did not give the partition back, the instances of each receive are named in the
   owner document before anything of their code runs, until all is through that the other may have had in its hands.
2. A suspect is named and run alone, whatever the takeover was like, until it has come through. So whoever stood near a
   killer is cleared by the next owner, and the killer is known.
3. A partition that was given back takes one from each suspicion: code that was repaired gets its chance, and code that
   was not costs one host, not three.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from durable.ports import Record
from orchestrator.host.committer import Committer
from orchestrator.host.ownership import Ownership
from orchestrator.host.triage import Item

_LOG = logging.getLogger(__name__)
NAMED_MAX = 3
CAREFUL_MESSAGES = 300  # So many may have been in the hands of the owner before: what one receive gives.


class Caution:
    """What one owner must be careful about."""

    def __init__(self, owned: Ownership, committer: Committer) -> None:
        self._document: Record = owned.document
        self._committer = committer
        self._suspects: dict[str, int] = self._document.setdefault("suspects", {})
        self._left = CAREFUL_MESSAGES if self._document.get("careful") else 0
        if self._left:
            _LOG.warning(
                "partition %s was not given back: its instances are named before they run, at first", owned.partition
            )

    @property
    def is_needed(self) -> bool:
        """Whether anything that the owner before had may still come again."""
        return self._left > 0

    def fault_of(self, instance_id: str) -> str | None:
        """Tell why the code of an instance must not be run, if that is so."""
        named = self._suspects.get(instance_id, 0)
        if named < NAMED_MAX:
            return None
        return f"code that ended its host, or outlasted its lock, {named} times; unblocked, it is tried again"

    def groups(self, items: dict[str, list[Item]]) -> list[dict[str, list[Item]]]:
        """Tell which messages may be worked on together: those of suspects alone, all others at once."""
        if not self._suspects:
            return [items]
        alone = [id_ for id_ in items if id_ in self._suspects and self.fault_of(id_) is None]
        others = {id_: each for id_, each in items.items() if id_ not in alone}
        return [*({id_: items[id_]} for id_ in alone), others]

    async def name(self, names: Collection[str]) -> None:
        """Say that these instances are run next, if that must be said.

        Raises:
            OwnershipLost: another host has taken the partition over.
        """
        named = [id_ for id_ in names if self.fault_of(id_) is None and (self._left or id_ in self._suspects)]
        if named:
            self._document["running"] = named
            await self._write()

    async def came_through(self) -> None:
        """Say that what was named has come through."""
        if "running" in self._document:
            for instance_id in self._document.pop("running"):
                self._suspects.pop(instance_id, None)
            await self._write()

    async def received(self, count: int) -> None:
        """Count what a receive brought; nothing means that nothing is left."""
        if self._left > 0:
            self._left = max(self._left - count, 0) if count else 0
            if self._left == 0:
                self._document.pop("careful", None)
                await self._write()

    def forgive(self, instance_id: str) -> None:
        """Let an instance be run again, named."""
        if instance_id in self._suspects:
            self._suspects[instance_id] = NAMED_MAX - 1

    async def give_back(self) -> None:
        """Say that the partition is given back as it should be."""
        if not self._document.get("running"):
            self._document["given_back"] = True
            await self._write()

    async def _write(self) -> None:
        await self._committer.rewrite(())
