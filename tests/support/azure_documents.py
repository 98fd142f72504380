"""Azure AI Document Intelligence as its SDK sees it: an analysis that is begun, and asked for until it is done.

Shapes are those of the REST reference (2024-11-30) and of recordings in the SDK's repository.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from aiohttp import web

from tests.support.azure_account import Refusal

OPERATION = "/documentintelligence/documentModels/prebuilt-layout/analyzeResults/5c1ab3b4-31de-4dd1-8a9c-8a1f7c0d8e02"
MARKDOWN = "# INVOICE\n\nInvoice number: A-1\n\n<table>\n<tr>\n<th>Item</th>\n<th>Amount</th>\n</tr>\n</table>\n"


def done(content: Any = MARKDOWN) -> dict[str, Any]:
    """Give the state of an analysis that is done."""
    page = {"pageNumber": 1, "angle": 0, "width": 8.5, "height": 11, "unit": "inch", "spans": [], "words": []}
    return {
        "status": "succeeded",
        "createdDateTime": "2026-11-27T10:00:00Z",
        "lastUpdatedDateTime": "2026-11-27T10:00:02Z",
        "analyzeResult": {
            "apiVersion": "2024-11-30",
            "modelId": "prebuilt-layout",
            "stringIndexType": "textElements",
            "content": content,
            "contentFormat": "markdown",
            "pages": [page],
            "tables": [],
            "paragraphs": [],
            "styles": [],
        },
    }


def failed(code: str) -> dict[str, Any]:
    """Give the state of an analysis that has failed."""
    error = {"code": code, "message": "Cannot analyze: 'sesame'."}
    return {"status": "failed", "createdDateTime": "2026-11-27T10:00:00Z", "error": error}


RUNNING = {
    "status": "running",
    "createdDateTime": "2026-11-27T10:00:00Z",
    "lastUpdatedDateTime": "2026-11-27T10:00:01Z",
}


class Documents:
    """A resource; `states` are what it says of the analysis, of which the last one stays, `sent` what it was sent;
    with `gone` it refuses to tell of the analysis."""

    def __init__(self, *states: dict[str, Any]) -> None:
        self.states = deque(states or (RUNNING, done()))
        self.sent: list[tuple[str, bytes]] = []
        self.gone: Refusal | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.method == "POST":
            assert request.path == "/documentintelligence/documentModels/prebuilt-layout:analyze"
            assert request.query["outputContentFormat"] == "markdown"
            assert request.query["api-version"] == "2024-11-30"
            self.sent.append((request.content_type, await request.read()))
            place = f"http://{request.host}{OPERATION}?api-version=2024-11-30"
            return web.Response(status=202, headers={"Operation-Location": place, "apim-request-id": "r-1"})
        assert request.path == OPERATION
        if self.gone is not None:
            return refused(self.gone)
        state = self.states.popleft() if len(self.states) > 1 else self.states[0]
        return web.json_response(state, headers={"apim-request-id": "r-2"})


def refused(refusal: Refusal) -> web.Response:
    """Write a refusal as the service does."""
    headers = {"apim-request-id": "r-3"}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    error = {
        "code": "InvalidRequest",
        "message": "No: 'sesame'.",
        "innererror": {"code": refusal.code, "message": "No"},
    }
    return web.json_response({"error": error}, status=refusal.status, headers=headers)
