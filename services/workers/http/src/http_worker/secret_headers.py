"""Headers that are secrets: fetched when they are sent, and sent to the origins that the deployment names for them.

1. An input says which secret a header is, never where it may go: that is setting `HTTP_SECRETS`. Whoever may start a
   saga can so have no secret sent to a place of their own.
2. A request with a secret follows no redirect: the answer that asks for it is the answer. Where a service says to ask
   again (`Location` of a 202), a secret goes along to its own origins alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from dishka import Provider, Scope

from contracts.http import HeaderValue, SecretHeader
from durable import NonRetryable
from durable.errors import InvalidName
from durable.secrets import Secrets, check_secret_name
from durable.settings import Environment

_UNSENDABLE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_PORTS: Final = {"https": 443, "http": 80}
Origins = Mapping[str, frozenset[str]]


class SecretHeaders:
    """Makes the headers of a request, secrets and all."""

    def __init__(self, secrets: Secrets, origins: Origins) -> None:
        self._secrets = secrets
        self._origins = origins

    async def to_send(self, headers: Mapping[str, HeaderValue], url: str) -> dict[str, str]:
        """Give the headers of a first request.

        Raises:
            NonRetryable: a secret may not go there, or can't stand in a header.
        """
        for name, value in headers.items():
            if isinstance(value, SecretHeader) and not self._may_go(value, url):
                known = ", ".join(sorted(self._origins.get(value.secret, ()))) or "none"
                raise NonRetryable(
                    f"expected header {name!r} with secret {value.secret!r} to go to one of its origins ({known}); "
                    f"found {origin_of(url)}: see setting HTTP_SECRETS"
                )
        return await self.to_look(headers, url)

    async def to_look(self, headers: Mapping[str, HeaderValue], url: str) -> dict[str, str]:
        """Give the headers to look somewhere with: without those whose secrets may not go there. Errors likewise."""
        return {
            name: value if isinstance(value, str) else await self._revealed(name, value)
            for name, value in headers.items()
            if isinstance(value, str) or self._may_go(value, url)
        }

    def _may_go(self, value: SecretHeader, url: str) -> bool:
        return origin_of(url) in self._origins.get(value.secret, ())

    async def _revealed(self, name: str, value: SecretHeader) -> str:
        secret = await self._secrets.get(value.secret, value.version)
        text = secret.reveal().strip()  # Files end in a line break more often than not.
        if not text or _UNSENDABLE.search(text):
            raise NonRetryable(
                f"expected secret {value.secret!r} to fit into header {name!r}; found line breaks or none"
            )
        return value.prefix + text


def has_secrets(headers: Mapping[str, HeaderValue]) -> bool:
    """Tell whether a header is a secret."""
    return any(isinstance(value, SecretHeader) for value in headers.values())


def origin_of(url: str) -> str:
    """Give scheme, host and port, as in `https://api.example.com:443`; empty text if it is no address of the web."""
    parts = urlsplit(url)
    try:
        port = parts.port or _PORTS[parts.scheme]
    except (KeyError, ValueError):
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}" if parts.hostname else ""


def origins_from(environment: Environment) -> Origins:
    """Read `HTTP_SECRETS`: pairs of a secret and an origin that it may be sent to, separated by blanks."""
    origins: dict[str, frozenset[str]] = {}
    for pair in environment.text("HTTP_SECRETS", "").split():
        name, _, url = pair.partition("=")
        if not _is_pair(name, url):
            expected = "expected pairs of a secret and an origin, as in api-token=https://api.example.com"
            environment.fault("HTTP_SECRETS", expected, repr(pair))
        origins[name] = origins.get(name, frozenset()) | {origin_of(url)}
    return origins


def secret_headers_provider(origins: Origins) -> Provider:
    """Provide `SecretHeaders`."""

    def headers(secrets: Secrets) -> SecretHeaders:
        return SecretHeaders(secrets, origins)

    provider = Provider(scope=Scope.APP)
    provider.provide(headers)
    return provider


def _is_pair(name: str, url: str) -> bool:
    try:
        check_secret_name(name)
        parts = urlsplit(url)
    except (InvalidName, ValueError):
        return False
    return origin_of(url) != "" and parts.path in {"", "/"} and not (parts.query or parts.fragment or parts.username)
