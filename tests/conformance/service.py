"""What a service brings to the suite: its cases, and the stage on which they play."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib import import_module
from os import environ
from pkgutil import iter_modules
from typing import Any, Protocol

from tests.conformance.cases import Area, Case


class Stage(Protocol):
    """What serves the cases of one run: a local endpoint, or what a connection string points to."""

    def passes_over(self, case: Case) -> str:
        """Why this case can't be played here; empty if it can."""

    def world(self, case: Case) -> AbstractAsyncContextManager[Sequence[Any]]:
        """The arguments of one case: its world, then the names of what it needs; cleaned up at the end."""


@dataclass(frozen=True)
class Service:
    """One cloud service. The environment variable, if set, holds the connection string of a real one."""

    name: str
    title: str
    variable: str
    cases_in: str
    stage: Callable[[Sequence[Case], str | None], AbstractAsyncContextManager[Stage]]

    @property
    def connection_string(self) -> str | None:
        """Where the cases play; None means a local endpoint."""
        return environ.get(self.variable) or None

    def areas(self) -> list[Area]:
        """All areas, in the order of their modules."""
        package = import_module(self.cases_in)
        modules = [import_module(f"{self.cases_in}.{each.name}") for each in iter_modules(package.__path__)]
        found = [value for module in modules for value in vars(module).values() if isinstance(value, Area)]
        return list({id(area): area for area in found}.values())

    def cases(self) -> list[Case]:
        """All cases, area by area."""
        return [case for area in self.areas() for case in area.cases]
