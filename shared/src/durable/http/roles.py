"""What a caller may do: the app roles that a tenant grants, as they stand in a token."""

from __future__ import annotations

from collections.abc import Callable, Set
from enum import StrEnum
from typing import TypeAlias


class Role(StrEnum):
    """An app role of the registration; the value is what stands in claim `roles`."""

    PUBLISH = "publish"
    READ = "read"
    OPERATE = "operate"


NeededRole: TypeAlias = Callable[[str, str], Role | None]
"""Tells which role a method and a path need; `None` if anybody may ask. It is asked before any route is looked for."""

LOOKS = frozenset({"GET", "HEAD"})
# Who asks for these are probes, which have no identity; the answers name parts of the service and no data.
HEALTH = frozenset({"/health/live", "/health/ready"})
_ENOUGH = {
    Role.PUBLISH: frozenset({Role.PUBLISH}),
    Role.READ: frozenset({Role.READ, Role.OPERATE}),
    Role.OPERATE: frozenset({Role.OPERATE}),
}


def is_granted(needed: Role, roles: Set[str]) -> bool:
    """Tell whether roles are enough; who may operate may also look."""
    return not _ENOUGH[needed].isdisjoint(roles)
