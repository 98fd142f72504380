"""What a saga may know: of itself, of time and of chance; the same on replay."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from random import Random

Tag = str | int | float | bool | datetime


class SagaLog(Protocol):
    """A logger whose lines appear once: when they were first reached and their turn is durable, never on replay."""

    def debug(self, message: str, *args: object) -> None: ...
    def info(self, message: str, *args: object) -> None: ...
    def warning(self, message: str, *args: object) -> None: ...
    def error(self, message: str, *args: object) -> None: ...


class Facts(ABC):
    """Deterministic facts of one execution of one instance.

    Attributes:
        instance_id: the id of the instance.
        execution: which execution of it this is, from 1.
        version: the version of the saga that it stays on.
        parent_id: the instance that started it, if one did.
        root_id: the first of its line of parents; its own id if nobody started it.
    """

    __slots__ = ()

    instance_id: str
    execution: int
    version: str
    parent_id: str | None
    root_id: str

    @property
    @abstractmethod
    def now(self) -> datetime:
        """The time of the turn, in UTC; it never goes back and is the same on replay."""

    @property
    @abstractmethod
    def random(self) -> Random:
        """A generator seeded by the run: the same numbers on replay. Not for secrets."""

    @abstractmethod
    def uuid(self) -> UUID:
        """Give a new UUID, the same on replay."""

    @property
    @abstractmethod
    def log(self) -> SagaLog:
        """A logger that says nothing twice."""

    @property
    @abstractmethod
    def tags(self) -> Mapping[str, Tag]:
        """The tags of the instance, those just set included."""

    @property
    @abstractmethod
    def history_length(self) -> int:
        """How many events the history of this execution has: when it grows long, `continue_as_new`."""

    @property
    @abstractmethod
    def is_replaying(self) -> bool:
        """Whether the present line runs again over history rather than for the first time."""

    @abstractmethod
    def pending_events(self, name: str) -> int:
        """Count the events of a name that came and that nobody has taken yet."""

    @abstractmethod
    def patched(self, id: str) -> bool:
        """Tell whether to take the new side of a change: yes, unless this instance passed here before the change.

        The answer stands in the history, so an instance stays on its side.
        """
