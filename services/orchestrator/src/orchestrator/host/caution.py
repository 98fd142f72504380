"""Keeps an instance whose turn kills its host from killing every host there is.

What if the process dies …
  while an instance is named: it is suspected, one time more. The third time it is blocked, and its code not run.
  between two: nobody is.

1. After a takeover from an owner that did not give the partition back, what that owner may have had in its hands is run
   one instance at a time, each named in the owner document before anything of its code runs.
2. A suspect is named before it is run, whatever the takeover was like, until it has come through.
3. A partition that was given back takes one from each suspicion: code that was repaired gets its chance, and code that
   was not costs one host, not three.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

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
            _LOG.warning("partition %s was not given back: its instances run one at a time at first", owned.partition)

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

    def split(self, items: Mapping[str, list[Item]]) -> tuple[dict[str, list[Item]], dict[str, list[Item]]]:
        """Tell those messages whose instances must be named before they are run from all others."""
        if not self._left and not self._suspects:
            return {}, dict(items)
        watched = {id_: each for id_, each in items.items() if self._must_name(id_)}
        return watched, {id_: each for id_, each in items.items() if id_ not in watched}

    async def name(self, instance_id: str) -> None:
        """Say that an instance is run next.

        Raises:
            OwnershipLost: another host has taken the partition over.
        """
        self._document["running"] = instance_id
        await self._write()

    async def came_through(self, names: Mapping[str, object]) -> None:
        """Say that all that were named have come through."""
        if names:
            for instance_id in names:
                self._suspects.pop(instance_id, None)
            self._document.pop("running", None)
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

    def _must_name(self, instance_id: str) -> bool:
        return (self._left > 0 or instance_id in self._suspects) and self.fault_of(instance_id) is None

    async def _write(self) -> None:
        await self._committer.rewrite(())
