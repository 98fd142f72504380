"""Only this machine's pages may ask: the endpoints hold no secrets, but a web site in the same browser is no guest.

1. `Host` must be a literal address, or a name without a dot or under `.localhost`: a public name that was made to point
   here (DNS rebinding) has a dot.
2. A browser tells of a request that another site caused, by `Sec-Fetch-Site` or `Origin`: it is refused.
3. What is not a browser sends neither header, and is let in.
"""

import ipaddress
from collections.abc import Mapping
from typing import TypeAlias

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_Fields: TypeAlias = Mapping[str, str]
_OWN_SITE = {"same-origin", "same-site", "none"}


class LocalOnly:
    """Middleware that answers 403 to what a foreign web site asks."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or refuse."""
        app = self._app
        if scope["type"] == "http" and (complaint := refusal(Headers(scope=scope))):
            app = PlainTextResponse(f"{complaint}\n", 403)
        await app(scope, receive, send)


def refusal(fields: _Fields) -> str | None:
    """Say why a request with these headers is refused; None if it isn't."""
    host = fields.get("host", "")
    if not _is_local(host):
        return f"This endpoint is for its own machine: ask for it as localhost, not as '{host}'."
    if fields.get("sec-fetch-site", "none") not in _OWN_SITE and fields.get("sec-fetch-mode") != "navigate":
        return "Another web site asked for this; open the page itself."
    origin = fields.get("origin")
    if origin is not None and origin.partition("://")[2] != host:
        return f"The page of '{origin}' asked for this; open the page of this endpoint itself."
    return None


def _is_local(host: str) -> bool:
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return "." not in name or name.endswith(".localhost")
    return True
