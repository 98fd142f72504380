"""Which role each request needs."""

from __future__ import annotations

from durable.http.roles import HEALTH, LOOKS, Role


def needed_role(method: str, path: str) -> Role | None:
    """Tell which role a request needs; `None` if anybody may ask."""
    if path in HEALTH:
        return None
    return Role.READ if method in LOOKS else Role.OPERATE
