"""Which role each request needs."""

from __future__ import annotations

from durable.http.roles import HEALTH, LOOKS, Role


def needed_role(method: str, path: str) -> Role | None:
    """Tell which role a request needs; `None` if anybody may ask.

    The handshake of a webhook is open: it comes before there is a token, takes nothing and tells nothing.
    """
    if path in HEALTH or (method, path) == ("OPTIONS", "/events"):
        return None
    if method in LOOKS:
        return Role.READ
    return Role.OPERATE if path.startswith("/dead-letters") else Role.PUBLISH
