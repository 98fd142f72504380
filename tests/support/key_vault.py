"""An Azure Key Vault and a managed identity on this machine: the wire shapes of their REST interfaces, over real TLS.

1. A vault answers under its real name, `<name>.vault.azure.net`: the client under test is given a resolver that finds
   that name here, and the authority that signed the certificate.
2. Without a token it gives the challenge that a vault gives; a token is good if the identity here made it.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity.aio import DefaultAzureCredential

from durable.adapters.secrets.key_vault import KeyVaultSecrets
from emulators.certificates import certificates_in

TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
CHALLENGE = f'Bearer authorization="https://login.microsoftonline.com/{TENANT}", resource="https://vault.azure.net"'
IDENTITY_HEADER = "e3b0c442-98fc-4c14-9afb-f4c8996fb924"
_names = count(1)


@dataclass
class KeyVault:
    """What a vault holds and how it behaves.

    Attributes:
        url: its address.
        versions: of each secret, oldest first: pairs of version and value.
        disabled: names of secrets that are disabled.
        answers: what is answered in place of the next ones: status, body, headers; `None` is no answer at all.
        asked: method and path of each request that had a good token.
        tokens: every token that was given.
    """

    url: str
    versions: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    disabled: set[str] = field(default_factory=set)
    answers: list[tuple[int, Any, dict[str, str]] | None] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    challenge: str = CHALLENGE
    identity_status: int = 200

    async def serve(self, request: web.Request) -> web.Response:
        """Answer as the vault does."""
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            told = refusal("Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.")
            return web.json_response(told, status=401, headers={"WWW-Authenticate": self.challenge})
        self.asked.append(f"{request.method} {request.path}")
        if self.answers:
            return await self._planned(request)
        return self._secret(request.match_info["name"], request.match_info["version"])

    async def identify(self, request: web.Request) -> web.Response:
        """Answer as the managed identity of an app does."""
        if self.identity_status != 200:
            return web.json_response({"statusCode": self.identity_status, "message": "no"}, status=self.identity_status)
        assert request.headers["X-IDENTITY-HEADER"] == IDENTITY_HEADER
        assert request.query["resource"] == "https://vault.azure.net"
        self.tokens.append(f"eyJ0eXAiOiJKV1Qi.{len(self.tokens)}.c2lnbmF0dXJl")
        told = {"access_token": self.tokens[-1], "expires_on": "4102444800", "token_type": "Bearer"}
        return web.json_response({**told, "resource": "https://vault.azure.net"})

    async def _planned(self, request: web.Request) -> web.Response:
        answer = self.answers.pop(0)
        if answer is None:
            assert request.transport is not None
            request.transport.abort()
            await asyncio.sleep(0)
            return web.Response()
        status, body, headers = answer
        if isinstance(body, bytes):
            return web.Response(status=status, body=body, headers=headers)
        return web.json_response(body, status=status, headers=headers)

    def _secret(self, name: str, version: str) -> web.Response:
        versions = self.versions.get(name, [])
        found = [pair for pair in versions if version in {"", pair[0]}]
        if not found:
            told = f"A secret with (name/id) {name}/{version} was not found in this key vault."
            return web.json_response(refusal("SecretNotFound", told), status=404)
        if name in self.disabled:
            told = "Operation get is not allowed on a disabled secret."
            return web.json_response(refusal("Forbidden", told, "SecretDisabled"), status=403)
        version, value = found[-1]
        attributes = {"enabled": True, "created": 1493938410, "updated": 1493938410, "recoveryLevel": "Recoverable"}
        body = {"value": value, "id": f"{self.url}/secrets/{name}/{version}", "attributes": attributes, "tags": {}}
        return web.json_response(body)


def refusal(code: str, message: str, inner: str | None = None) -> dict[str, Any]:
    """The body of an error."""
    told: dict[str, Any] = {"code": code, "message": message}
    return {"error": {**told, "innererror": {"code": inner}} if inner else told}


class Here(AbstractResolver):
    """Finds every name at one port of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host="127.0.0.1", port=self._port, family=socket.AF_INET, proto=0, flags=0)
        ]

    async def close(self) -> None:
        """Nothing is held."""


@asynccontextmanager
async def key_vault(
    folder: Path, environment: pytest.MonkeyPatch, **options: Any
) -> AsyncIterator[tuple[KeyVault, KeyVaultSecrets]]:
    """Serve a vault with a name of its own and its identity; give it with what reads it by the vendor's client."""
    name = f"vault-{next(_names)}.vault.azure.net"
    vault = KeyVault(f"https://{name}")
    certificates = certificates_in(folder, [name])
    app, identity = web.Application(), web.Application()
    app.router.add_get("/secrets/{name}/{version:.*}", vault.serve)
    identity.router.add_get("/msi/token", vault.identify)
    async with served(app, certificates.server_context()) as port, served(identity, None) as identity_port:
        environment.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{identity_port}/msi/token")
        environment.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
        tls = certificates.client_context()
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=Here(port), ssl=tls))
        secrets = KeyVaultSecrets(
            vault.url,
            DefaultAzureCredential(),
            transport=AioHttpTransport(session=session),
            **options,
        )
        try:
            yield vault, secrets
        finally:
            await secrets.close()
            await session.close()


@asynccontextmanager
async def served(app: web.Application, tls: ssl.SSLContext | None) -> AsyncIterator[int]:
    """Serve an application on a port of its own."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
