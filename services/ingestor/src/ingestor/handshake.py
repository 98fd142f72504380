"""The handshake of CloudEvents webhooks: who wants to deliver asks, before it does (Web Hooks for Event Delivery)."""

from __future__ import annotations

from collections.abc import Set

from fastapi import Request, Response

from ingestor.malformed import malformed

ORIGIN = "WebHook-Request-Origin"


class Handshake:
    """Answers `OPTIONS /events`."""

    def __init__(self, origins: Set[str]) -> None:
        self._origins = origins

    async def answer(self, request: Request) -> Response:
        """Allow an origin to deliver, at any rate; one that may not gets the same answer without the permission."""
        origin = request.headers.get(ORIGIN, "").strip()
        if not origin:
            raise malformed(f"expected header {ORIGIN} with the name of who wants to deliver; found none")
        headers = {"Allow": "POST, OPTIONS"}
        if "*" in self._origins or origin.lower() in self._origins:
            headers |= {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"}
        return Response(status_code=200, headers=headers)
