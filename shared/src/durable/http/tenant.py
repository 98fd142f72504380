"""Whose tokens a service takes: a tenant of Microsoft Entra ID, and the name by which it knows the service."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from durable.settings import Environment, is_safe_address

AUTHORITY = "https://login.microsoftonline.com"
# Tokens of version 1 name this issuer, whatever the authority.
_ISSUER_OF_VERSION_1 = "https://sts.windows.net"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant.

    Attributes:
        id: its id, in lower case.
        audiences: the names of the service, one of which a token must be for.
        authority: who gives the tokens, without a slash at the end.
    """

    id: str
    audiences: tuple[str, ...]
    authority: str = AUTHORITY

    @property
    def issuer(self) -> str:
        """Give the issuer of tokens of version 2, which the OpenID configuration must name too."""
        return f"{self.authority}/{self.id}/v2.0"

    @property
    def issuers(self) -> tuple[str, ...]:
        """Give the issuers of tokens of both versions."""
        return self.issuer, f"{_ISSUER_OF_VERSION_1}/{self.id}/"

    @property
    def configuration_url(self) -> str:
        """Give where the OpenID configuration lies."""
        return f"{self.issuer}/.well-known/openid-configuration"


def tenant_setting(environment: Environment, host: str) -> Tenant | None:
    """Read `AUTH_TENANT_ID`, `AUTH_AUDIENCE` and `AUTH_AUTHORITY`; none is needed if `host` is this machine alone."""
    id = environment.text("AUTH_TENANT_ID", "").lower()
    audiences = tuple(environment.text("AUTH_AUDIENCE", "").split())
    authority = environment.text("AUTH_AUTHORITY", AUTHORITY).rstrip("/")
    if not is_safe_address(authority):
        environment.fault("AUTH_AUTHORITY", "expected https://, or http:// of this machine", repr(authority))
    if id and not _ID.fullmatch(id):
        environment.fault("AUTH_TENANT_ID", "expected the id of a tenant, 32 hex digits with dashes", repr(id))
    if bool(id) != bool(audiences):
        missing, given = ("AUTH_AUDIENCE", "AUTH_TENANT_ID") if id else ("AUTH_TENANT_ID", "AUTH_AUDIENCE")
        environment.fault(missing, f"expected a value, as {given} has one", "none")
    if not id and not audiences and not _is_loopback(host):
        environment.fault(
            "AUTH_TENANT_ID",
            f"expected it and AUTH_AUDIENCE, as others reach HOST {host}: without tokens a service listens on a "
            "loopback address only",
            "none",
        )
    return Tenant(id, audiences, authority) if id and audiences else None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
