"""What a check has to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One fault: where it is (`file:line`, the file relative to the project), and what is wrong there."""

    where: str
    told: str

    def __str__(self) -> str:
        return f"{self.where}: {self.told}"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check looked at, in a few words with numbers, and what it found.

    A check that could look at less than it should says so in `told`: nothing is skipped in silence.
    """

    told: str
    findings: Sequence[Finding] = field(default=())


def place(root: Path, path: Path, line: int = 1) -> str:
    """Name a line of a file of the project at `root`."""
    return f"{path.relative_to(root)}:{line}"
