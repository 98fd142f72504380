"""Both services behind their entrance, over real HTTP, with a tenant of this machine."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
from fastapi import FastAPI

from durable.health import Health
from durable.http.entrance import EntranceSettings, entrance
from durable.http.roles import NeededRole
from durable.http.serving import serving
from durable.http.tenant import Tenant
from emulators.tenant.endpoint import TenantEndpoint
from ingestor.roles import needed_role as ingestor_role
from orchestrator.api import needed_role as api_role
from tests.support.api_world import ApiWorld
from tests.support.ingestor_world import IngestorWorld

AUDIENCE = "api://durable"
INGESTOR, API = "ingestor", "management API"
APPS: dict[str, tuple[Callable[[], FastAPI], NeededRole]] = {
    INGESTOR: (lambda: IngestorWorld().app(), ingestor_role),
    API: (lambda: ApiWorld().app(), api_role),
}
# A request of each service that needs the role and then succeeds.
LOOKS = {INGESTOR: ("GET", "/catalogue"), API: ("GET", "/sagas")}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    document: Any

    @property
    def problem(self) -> str:
        return str(self.document["type"]).removeprefix("urn:durable:problem:")


@dataclass
class Guarded:
    url: str
    session: aiohttp.ClientSession
    health: Health = field(default_factory=Health)

    async def ask(self, method: str, path: str, token: str | None = None, **more: Any) -> Answer:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with self.session.request(method, path, headers=headers, **more) as answer:
            body = await answer.read()
            is_json = "json" in answer.headers.get("Content-Type", "")
            return Answer(answer.status, answer.headers, orjson.loads(body) if is_json and body else None)


def settings_for(endpoint: TenantEndpoint, **limits: int) -> EntranceSettings:
    return EntranceSettings(Tenant(endpoint.tenant.id, (AUDIENCE,), endpoint.authority), **limits)


@asynccontextmanager
async def guarded(service: str, endpoint: TenantEndpoint, **limits: int) -> AsyncIterator[Guarded]:
    app, needed_role = APPS[service]
    health = Health()
    async with (
        entrance(app(), needed_role, settings_for(endpoint, **limits), health) as inside,
        serving(inside, "127.0.0.1", 0) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
    ):
        yield Guarded(f"http://127.0.0.1:{port}", session, health)
