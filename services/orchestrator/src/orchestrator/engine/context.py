"""The context of a saga: its verbs, and what it may know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from durable.context import SagaContext, SagaLog, Tag
from durable.events import PatchMarked
from durable.randomness import derived_uuid, seeded
from durable.tags import read_tags
from orchestrator.engine.logbook import Log
from orchestrator.engine.verbs.flow import FlowVerbs
from orchestrator.engine.verbs.given import require
from orchestrator.engine.verbs.joining import JoiningVerbs
from orchestrator.engine.verbs.steps import StepVerbs
from orchestrator.engine.verbs.undoing import UndoingVerbs

if TYPE_CHECKING:
    from random import Random
    from uuid import UUID

    from orchestrator.engine.execution import Execution


class Context(StepVerbs, JoiningVerbs, FlowVerbs, UndoingVerbs, SagaContext):
    """What the code of one execution sees."""

    __slots__ = (
        "_execution",
        "_patches",
        "_random",
        "_random_of",
        "_uuids",
        "execution",
        "instance_id",
        "parent_id",
        "root_id",
        "version",
    )

    def __init__(self, execution: Execution, version: str) -> None:
        started = execution.journal.ledger.started
        assert started is not None
        self.instance_id = execution.identity.instance_id
        self.execution = execution.identity.execution
        self.version = version
        self.parent_id = started.parent_id
        self.root_id = started.root_id or self.instance_id
        self._execution = execution
        self._patches: dict[str, bool] = {}
        self._random: Random | None = None
        self._random_of = execution.identity
        self._uuids = 0

    @property
    def now(self) -> datetime:
        return self._execution.journal.at

    @property
    def random(self) -> Random:
        source = self._execution.lineage[0]
        if self._random is None or self._random_of != source:
            self._random, self._random_of = seeded(*self._seed()), source
        return self._random

    def uuid(self) -> UUID:
        self._uuids += 1
        return derived_uuid(*self._seed(), "uuid", self._uuids)

    @property
    def log(self) -> SagaLog:
        return Log(self._execution.journal)

    @property
    def tags(self) -> Mapping[str, Tag]:
        return read_tags(self._execution.journal.ledger.tags)

    @property
    def history_length(self) -> int:
        return self._execution.journal.ledger.count

    @property
    def is_replaying(self) -> bool:
        return self._execution.journal.replaying

    def pending_events(self, name: str) -> int:
        return self._execution.mailbox.count(name)

    def patched(self, id: str) -> bool:
        require(id, str, "the id of a patch as text")
        if id not in self._patches and not self._closed():
            self._patches[id] = self._marked(id)
        return self._patches.get(id, False)

    def _marked(self, id: str) -> bool:
        journal = self._execution.journal
        upcoming = journal.upcoming
        if journal.replaying and not (isinstance(upcoming, PatchMarked) and upcoming.id == id):
            return False
        journal.decide(PatchMarked(at=journal.at, sequence=journal.next_sequence, id=id))
        return True

    def _seed(self) -> tuple[str, str, int]:
        source = self._execution.lineage[0]
        return source.instance_id, source.run, source.execution
