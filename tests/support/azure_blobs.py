"""Blob Storage as an SDK sees it: block blobs with block lists, listings, ranges, and user delegation keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from aiohttp import web
from obstore.store import AzureStore

from durable.adapters.objects import Objects
from tests.support.azure_account import Account, Refusal, serving

LISTED_AT_ONCE = 3
KEY = b"a key of user delegation, 32 bytes"
WRITTEN_AT = "Wed, 25 Nov 2026 10:00:00 GMT"
_KEY_ANSWER = """<?xml version="1.0" encoding="utf-8"?><UserDelegationKey><SignedOid>an-object-id</SignedOid>\
<SignedTid>a-tenant</SignedTid><SignedStart>2026-11-27T00:00:00Z</SignedStart>\
<SignedExpiry>2026-11-28T00:00:00Z</SignedExpiry><SignedService>b</SignedService>\
<SignedVersion>2023-11-03</SignedVersion><Value>{key}</Value></UserDelegationKey>"""
# What is signed, in order, by the REST reference of user delegation SAS, version 2025-07-05 and later.
_SIGNED = (
    *(
        "sp",
        "st",
        "se",
        "(resource)",
        "skoid",
        "sktid",
        "skt",
        "ske",
        "sks",
        "skv",
        "saoid",
        "suoid",
        "scid",
        "skdutid",
    ),
    *("sduoid", "sip", "spr", "sv", "sr", "snapshot", "ses", "(headers)", "(queries)"),
    *("rscc", "rscd", "rsce", "rscl", "rsct"),
)


class Blobs:
    """The one container `container` of an account `account`.

    Attributes:
        blobs: content by name.
        blocks: what was sent and is in no list yet.
        cut_after: each answer ends after so many bytes of content.
        vanishing: what was cut is gone when it is asked for again.
        blocks_max: further blocks are refused.
    """

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.blocks: dict[str, dict[str, bytes]] = {}
        self.cut_after: int | None = None
        self.vanishing = False
        self.blocks_max: int | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        if query.get("comp") == "userdelegationkey":
            key = base64.b64encode(KEY).decode()
            return web.Response(text=_KEY_ANSWER.format(key=key), content_type="application/xml")
        if query.get("comp") == "batch":
            return self._batch(await request.text())
        if query.get("comp") == "list":
            return self._list(query.get("prefix", ""), query.get("startFrom", ""), query.get("marker", ""))
        name = _name(request.raw_path.partition("?")[0])
        if "sig" in query and not _is_signed(request, name):
            return refused(Refusal(403, "AuthenticationFailed"))
        if request.method == "PUT":
            return self._put(name, query.get("comp", ""), query.get("blockid", ""), await request.read())
        if name not in self.blobs:
            return refused(Refusal(404, "BlobNotFound"))
        return await self._get(self.blobs[name], request)

    async def _get(self, whole: bytes, request: web.Request) -> web.StreamResponse:
        asked = request.http_range
        content = whole[asked]
        headers = {"ETag": '"0x1"', "Last-Modified": WRITTEN_AT, "Content-Length": str(len(content))}
        if asked.start is not None:
            headers["Content-Range"] = f"bytes {asked.start}-{asked.start + len(content) - 1}/{len(whole)}"
        status = 200 if asked.start is None else 206
        if self.cut_after is None or len(content) <= self.cut_after:
            return web.Response(body=content, status=status, headers=headers)
        if self.vanishing:
            self.blobs.clear()
        response = web.StreamResponse(status=status, headers=headers)
        await response.prepare(request)
        await response.write(content[: self.cut_after])
        assert request.transport is not None
        request.transport.close()
        return response

    def _put(self, name: str, comp: str, block: str, content: bytes) -> web.Response:
        if comp == "block" and len(self.blocks.get(name, {})) == self.blocks_max:
            return refused(Refusal(503, "ServerBusy"))
        if comp == "block":
            self.blocks.setdefault(name, {})[block] = content
        elif comp == "blocklist":
            uncommitted = self.blocks.pop(name)
            self.blobs[name] = b"".join(uncommitted[entry.text or ""] for entry in ET.fromstring(content))
        else:
            self.blobs[name] = content
        return web.Response(status=201, headers={"ETag": '"0x1"', "Last-Modified": WRITTEN_AT})

    def _batch(self, body: str) -> web.Response:
        parts = []
        for number, path in enumerate(re.findall(r"^DELETE (\S+) HTTP", body, re.MULTILINE)):
            found = self.blobs.pop(_name(path), None)
            line = "202 Accepted" if found is not None else "404 The specified blob does not exist."
            code = "" if found is not None else "x-ms-error-code: BlobNotFound\r\n"
            parts.append(
                f"--batchresponse_a\r\nContent-Type: application/http\r\nContent-ID: {number}\r\n\r\n"
                f"HTTP/1.1 {line}\r\n{code}x-ms-request-id: an-id\r\nServer: Windows-Azure-Blob/1.0\r\n\r\n\r\n"
            )
        headers = {"Content-Type": "multipart/mixed; boundary=batchresponse_a"}
        return web.Response(status=202, body=("".join(parts) + "--batchresponse_a--").encode(), headers=headers)

    def _list(self, prefix: str, start: str, marker: str) -> web.Response:
        names = sorted(name for name in self.blobs if name.startswith(prefix) and name >= max(start, marker))
        listed = "".join(
            f"<Blob><Name>{escape(name)}</Name><Properties><Last-Modified>{WRITTEN_AT}</Last-Modified><Etag>0x1</Etag>"
            f"<Content-Length>{len(self.blobs[name])}</Content-Length><Content-Type>application/octet-stream"
            "</Content-Type><BlobType>BlockBlob</BlobType></Properties></Blob>"
            for name in names[:LISTED_AT_ONCE]
        )
        rest = names[LISTED_AT_ONCE:]
        next_marker = f"<NextMarker>{escape(rest[0])}</NextMarker>" if rest else "<NextMarker/>"
        text = f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs>{listed}</Blobs>{next_marker}'
        return web.Response(text=f"{text}</EnumerationResults>", content_type="application/xml")


def _name(path: str) -> str:
    return unquote(path).removeprefix("/account/container/")


def _is_signed(request: web.Request, name: str) -> bool:
    """Check a signature as the service does."""
    given = {**request.query, "(resource)": f"/blob/account/container/{name}"}
    text = "\n".join(given.get(field, "") for field in _SIGNED)
    expected = base64.b64encode(hmac.new(KEY, text.encode(), hashlib.sha256).digest()).decode()
    return given["sig"] == expected and given["sp"] == "r" and request.method in {"GET", "HEAD"}


def refused(refusal: Refusal) -> web.Response:
    """Write a refusal as Blob Storage does."""
    headers = {"x-ms-error-code": refusal.code}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    text = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{refusal.code}</Code><Message>No.</Message></Error>'
    return web.Response(status=refusal.status, text=text, content_type="application/xml", headers=headers)


@asynccontextmanager
async def a_blob_account() -> AsyncIterator[tuple[Account, Blobs, Objects]]:
    """Serve an account, and open its container by a token as the services do."""

    def token() -> dict[str, object]:
        return {"token": "a-token", "expires_at": datetime.now(UTC) + timedelta(hours=1)}

    account, blobs = Account(), Blobs()
    async with serving(account, blobs.answer, refused):
        store = AzureStore(
            "container",
            account_name="account",
            endpoint=f"{account.url}/account",
            client_options={"allow_http": True},
            credential_provider=token,  # type: ignore[arg-type]  # A plain function is one.
            retry_config={"max_retries": 1, "backoff": {"init_backoff": timedelta(milliseconds=1)}},
        )
        yield account, blobs, Objects(store)
