"""What a prompt is.

1. A placeholder `{{ name }}` stands for a variable, and stands in the user's message only: what callers bring never
   gets into the instructions of the system.
2. A released version never changes: its digest is kept by a test. What is to be said otherwise is a new version.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import orjson

PLACEHOLDER = re.compile(r"\{\{ ([a-z][a-z0-9_]*) \}\}")


class Kind(StrEnum):
    """What a variable takes."""

    LINE = "line"  # Text without line breaks, at most `LINE_CHARACTERS_MAX` characters.
    TEXT = "text"  # Text, or an object that holds it.
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Variable:
    """What a caller has to give."""

    kind: Kind
    about: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A version of a prompt.

    Raises:
        ValueError: placeholders and variables differ, or the system's message has a placeholder.
    """

    name: str
    version: int
    about: str
    system: str
    user: str
    variables: Mapping[str, Variable]

    def __post_init__(self) -> None:
        used = set(PLACEHOLDER.findall(self.user))
        if used != set(self.variables):
            raise ValueError(f"expected prompt {self.id} to use {sorted(self.variables)}; found {sorted(used)}")
        if PLACEHOLDER.search(self.system):
            raise ValueError(f"expected no placeholder in the system's message of prompt {self.id}; found one")

    @property
    def id(self) -> str:
        """Name and version, as in `summarize/1`."""
        return f"{self.name}/{self.version}"

    @property
    def digest(self) -> str:
        """SHA-256 of all that makes a difference to a model or a caller, in hex."""
        kinds = {name: variable.kind.value for name, variable in self.variables.items()}
        said = orjson.dumps([self.name, self.version, self.system, self.user, kinds], option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(said).hexdigest()
