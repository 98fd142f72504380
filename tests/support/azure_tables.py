"""Table Storage as its SDK sees it: entities by their keys, tables that have to be made first."""

from __future__ import annotations

import re
from urllib.parse import unquote

import orjson
from aiohttp import web

from tests.support.azure_account import Refusal

_ENTITY = re.compile(r"/account/(\w+)\(PartitionKey='(.*)',RowKey='(.*)'\)")
# In JSON with minimal metadata these are told by their form alone.
_TOLD_BY_FORM = ("Edm.String", "Edm.Double", "Edm.Boolean", "Edm.Int32")


class TablesOfAccount:
    """The tables of the account `account`; attribute `entities` holds each entity as it came."""

    def __init__(self) -> None:
        self.tables: set[str] = set()
        self.entities: dict[tuple[str, str, str], dict[str, object]] = {}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        path = unquote(request.raw_path.partition("?")[0])
        if request.method == "POST" and path == "/account/Tables":
            return self._make(orjson.loads(await request.read())["TableName"])
        found = _ENTITY.fullmatch(path)
        assert found is not None, path
        table, *keys = (part.replace("''", "'") for part in found.groups())
        key = (table.lower(), keys[0], keys[1])
        if table.lower() not in self.tables:
            return refused(Refusal(404, "TableNotFound"))
        if request.method == "PUT":
            self.entities[key] = orjson.loads(await request.read())
            return web.Response(status=204, headers={"ETag": "W/\"datetime'2026-11-27T10%3A00%3A00Z'\""})
        if key not in self.entities:
            return refused(Refusal(404, "ResourceNotFound"))
        if request.method == "DELETE":
            del self.entities[key]
            return web.Response(status=204)
        return web.json_response(_minimal(self.entities[key]), content_type="application/json")

    def _make(self, table: str) -> web.Response:
        if table.lower() in self.tables:
            return refused(Refusal(409, "TableAlreadyExists"))
        self.tables.add(table.lower())
        return web.json_response({"TableName": table}, status=201)


def _minimal(entity: dict[str, object]) -> dict[str, object]:
    shown = {name: value for name, value in entity.items() if value not in _TOLD_BY_FORM or "@" not in name}
    return {"odata.etag": "W/\"datetime'2026-11-27T10%3A00%3A00Z'\"", "Timestamp": "2026-11-27T10:00:00Z", **shown}


def refused(refusal: Refusal) -> web.Response:
    """Write a refusal as Table Storage does."""
    headers = {"x-ms-error-code": refusal.code}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    body = {"odata.error": {"code": refusal.code, "message": {"lang": "en-US", "value": f"No: {refusal.code}."}}}
    return web.json_response(body, status=refusal.status, headers=headers)
