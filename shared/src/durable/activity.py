"""What an activity is to both sides: a typed name without a body."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, Literal, TypeVar

from typing_extensions import TypeForm

from durable.errors import InvalidName

In_contra = TypeVar("In_contra", contravariant=True)
Out_co = TypeVar("Out_co", covariant=True)

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+")


@dataclass(frozen=True)
class Activity(Generic[In_contra, Out_co]):
    """A named side effect: `Activity("documents.split-pdf", SplitPdf, SplitPdfResult)`.

    The part of the name before the first dot is the worker that runs it. Sagas call it, workers handle it, and both
    import this declaration; a type checker so sees the input and the result on both sides.

    `on_redelivery`: what happens to an attempt that is delivered again, since its worker died or its lock was lost:
    `run` runs it again with the same idempotency key, `fail` fails it with `OutcomeUnknown`.

    Raises:
        InvalidName: the name is not lower-case words of letters, digits and hyphens joined by dots.
    """

    name: str
    input: TypeForm[In_contra]
    output: TypeForm[Out_co]
    on_redelivery: Literal["run", "fail"] = "run"

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InvalidName(f"expected an activity name like 'documents.split-pdf'; found {self.name!r}")

    @property
    def worker(self) -> str:
        """The worker that runs it."""
        return self.name.partition(".")[0]


COMMANDS = "commands."


@lru_cache(maxsize=1000)
def command_queue(activity: str) -> str:
    """Name the queue on which the worker of an activity takes its commands."""
    return f"{COMMANDS}{activity.partition('.')[0]}"
