"""A tenant over HTTP: what a service asks to check tokens, and where a caller gets one.

1. Anybody gets any token: it is for this machine, and keeps nobody out.
2. A caller asks as for a token of an application (`client_credentials`). Its `client_id` becomes the caller's object
   id and names its roles, separated by commas; the audience is its `scope` without `/.default`. Secrets are not read.
"""

import ssl
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from emulators.tenant.tenant import TENANT_ID, TOKEN_SECONDS, Tenant
from emulators.web import WebServer

_BODY_BYTES_MAX = 64 * 1024
_DEFAULT = "/.default"


class TenantEndpoint:
    """Serves one tenant while the block runs; `authority` is its address, by which its tokens are known.

    Attributes:
        asked: how often its keys were asked for.
        away: answers 503 while it is true.
    """

    def __init__(
        self,
        id: str = TENANT_ID,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        authority: str | None = None,
    ) -> None:
        self._id = id
        self._authority = authority
        self._server = WebServer(self._application(), host, port, tls=tls)
        self.tenant = Tenant("")
        self.asked = 0
        self.away = False

    async def __aenter__(self) -> Self:
        await self._server.start()
        self.tenant = Tenant(self._authority or self._server.url, self._id)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._server.stop()

    @property
    def authority(self) -> str:
        """The address of the authority."""
        return self.tenant.authority

    def _application(self) -> Starlette:
        root = f"/{self._id}"
        return Starlette(
            routes=[
                Route(f"{root}/v2.0/.well-known/openid-configuration", self._configuration),
                Route(f"{root}/discovery/v2.0/keys", self._keys),
                Route(f"{root}/oauth2/v2.0/token", self._token, methods=["POST"]),
                Route("/health/ready", _ready),
            ]
        )

    async def _configuration(self, _: Request) -> Response:
        return _away() if self.away else JSONResponse(self.tenant.configuration())

    async def _keys(self, _: Request) -> Response:
        self.asked += 1
        return _away() if self.away else JSONResponse(self.tenant.key_set())

    async def _token(self, request: Request) -> Response:
        if int(request.headers.get("content-length", "0")) > _BODY_BYTES_MAX:
            return PlainTextResponse("A form was expected.\n", 413)
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        client, scope = form.get("client_id", ""), form.get("scope", "")
        if form.get("grant_type") != "client_credentials" or not client or not scope.endswith(_DEFAULT):
            wanted = f"expected grant_type=client_credentials, client_id=<roles> and scope=<audience>{_DEFAULT}"
            return JSONResponse({"error": "invalid_request", "error_description": wanted}, 400)
        token = self.tenant.token(scope.removesuffix(_DEFAULT), client.split(","), oid=client)
        return JSONResponse({"token_type": "Bearer", "expires_in": TOKEN_SECONDS, "access_token": token})


async def _ready(_: Request) -> Response:
    return PlainTextResponse("ready\n")


def _away() -> Response:
    return PlainTextResponse("The tenant is away.\n", 503)
