"""Signed URLs of local stores: this worker serves their objects to whoever has one.

1. A URL says which object it is for and until when; the signature covers both, and nothing else is looked at before it.
2. Whatever is wrong with a URL, the answer is the same, and says nothing of what the store holds.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import quote, urlencode

from aiohttp import web

from contracts.locations import Location
from durable.errors import InvalidName, ObjectNotFound
from durable.objects import ObjectStore
from durable.ports import Clock
from durable.stores import ObjectStores

KEY_BYTES_MIN = 32
PATH = "/objects"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Disposition": "attachment",
    "Content-Type": "application/octet-stream",
    "X-Content-Type-Options": "nosniff",
}


class EmbeddedLinks:
    """Makes and serves signed URLs below `base`, such as `http://127.0.0.1:8080`."""

    def __init__(self, key: bytes, base: str, clock: Clock) -> None:
        if len(key) < KEY_BYTES_MIN:
            raise AssertionError(f"a key of {len(key)} bytes")
        self._key = key
        self.base = base.rstrip("/")
        self._clock = clock

    async def url(self, location: Location, lifetime: timedelta) -> str:
        """Sign the address of an object."""
        expires = str(int((self._clock.now() + lifetime).timestamp()))
        path = f"{PATH}/{quote(location.store, safe='')}/{quote(location.name)}"
        signature = self._signature(location.store, location.name, expires)
        return f"{self.base}{path}?{urlencode({'expires': expires, 'signature': signature})}"

    def routes(self, stores: ObjectStores) -> Iterable[web.RouteDef]:
        """Serve `GET` and `HEAD` of what was signed."""

        async def read(request: web.Request) -> web.StreamResponse:
            store, name = request.match_info["store"], request.match_info["name"]
            if not self._permits(store, name, request):
                return web.Response(status=403, text="expected a URL that is signed and has not expired\n")
            return await _serve(stores[store], name, request)

        return [web.get(PATH + "/{store}/{name:.+}", read)]

    def _permits(self, store: str, name: str, request: web.Request) -> bool:
        expires, given = request.query.get("expires", ""), request.query.get("signature", "")
        expected = self._signature(store, name, expires)
        # Bytes: text that is not ASCII can't be compared in constant time.
        genuine = hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
        return genuine and self._clock.now().timestamp() < int(expires)

    def _signature(self, store: str, name: str, expires: str) -> str:
        signed = "\n".join((expires, store, name)).encode("utf-8", "replace")
        return hmac.new(self._key, signed, hashlib.sha256).hexdigest()


async def _serve(store: ObjectStore, name: str, request: web.Request) -> web.StreamResponse:
    try:
        info = await store.info(name)
    except (InvalidName, ObjectNotFound):
        return web.Response(status=404, text="the object is gone\n")
    response = web.StreamResponse(headers=_HEADERS)
    response.content_length = info.size
    await response.prepare(request)
    if request.method == "GET":
        async for chunk in store.stream(name):
            await response.write(chunk)
    await response.write_eof()
    return response
