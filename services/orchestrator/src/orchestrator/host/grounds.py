"""What a handler of a request may use, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from durable.hooks import Hooks
from durable.ports import Clock, RecordStore
from durable.vault import Vault
from orchestrator.engine import Setup
from orchestrator.host.caution import Caution
from orchestrator.host.committer import Committer
from orchestrator.host.kept import Residents
from orchestrator.host.loading import Loader
from orchestrator.host.outbox import Addressed
from orchestrator.host.spans.telling import SpanTelling
from orchestrator.host.upkeep import Upkeep
from orchestrator.host.watchdog import Watchdog


@dataclass(frozen=True, slots=True)
class Grounds:
    """One ownership of one partition.

    Attributes:
        upkeep: who deletes or rewrites records of an instance holds its `still`.
        nonce: gives a text that nobody else has.
        watchdog: ends what goes on for too long of the code of sagas.
        hooks: told of what turns did.
        spans: tells the spans of what turns did; `None` if nobody takes them.
    """

    partition: str
    partition_count: int
    store: RecordStore
    clock: Clock
    residents: Residents
    loader: Loader
    committer: Committer
    upkeep: Upkeep
    caution: Caution
    vault: Vault
    setup: Setup
    nonce: Callable[[], str]
    watchdog: Watchdog
    hooks: tuple[Hooks, ...]
    spans: SpanTelling | None


@dataclass(frozen=True, slots=True)
class Done:
    """The request is settled once these messages are sent.

    Attributes:
        look_again: whether the instance is to be looked at once more, as if a message had come for it.
    """

    messages: list[Addressed] = field(default_factory=list)
    look_again: bool = False
