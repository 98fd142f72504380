"""The entrance of a service: what a request passes before a route is looked for.

1. What is not open by name needs a token and a role, also where there is no route: a route that is added later can't be
   open by mistake.
2. Who has no token costs no place and no bucket; who has one can't take those of others.
3. Without a tenant there are no tokens: the service then listens on a loopback address alone (`tenant_setting`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from durable.health import Health
from durable.http.answers import problem_answer
from durable.http.bearer import Callers
from durable.http.problem import Problem, ProblemType
from durable.http.rates import PLACE, Places, Rates
from durable.http.roles import NeededRole, Role, is_granted
from durable.http.signing_keys import PART, SigningKeys
from durable.http.tenant import Tenant, tenant_setting
from durable.settings import Environment
from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import HTTP_REFUSED
from durable.telemetry.names import CALLER

REQUESTS_AT_ONCE_DEFAULT = 2500
REQUESTS_PER_SECOND_DEFAULT = 2000


@dataclass(frozen=True, slots=True)
class EntranceSettings:
    """Whose tokens are taken, and how much is.

    Attributes:
        tenant: `None` if no token is needed.
        per_second: requests of one caller.
        at_once: requests of all of them that may be under way.
    """

    tenant: Tenant | None = None
    per_second: int = REQUESTS_PER_SECOND_DEFAULT
    at_once: int = REQUESTS_AT_ONCE_DEFAULT


def entrance_settings(environment: Environment, host: str) -> EntranceSettings:
    """Read the settings of a tenant, `REQUESTS_PER_SECOND_MAX` and `REQUESTS_AT_ONCE_MAX`."""
    return EntranceSettings(
        tenant_setting(environment, host),
        environment.number("REQUESTS_PER_SECOND_MAX", REQUESTS_PER_SECOND_DEFAULT, least=1, most=1_000_000),
        environment.number("REQUESTS_AT_ONCE_MAX", REQUESTS_AT_ONCE_DEFAULT, least=1, most=100_000),
    )


@asynccontextmanager
async def entrance(
    app: ASGIApp, needed_role: NeededRole, settings: EntranceSettings, health: Health, metrics: Metrics | None = None
) -> AsyncIterator[ASGIApp]:
    """Give an application with the entrance before it; the keys of the tenant are kept fresh while the block runs."""
    counted = metrics or Metrics()
    if settings.tenant is None:
        yield _Entrance(app, needed_role, settings, counted)
        return
    keys = SigningKeys(settings.tenant)
    health.not_ready(PART, "starting")
    keeping = asyncio.create_task(keys.keep_fresh(health), name="keys of the tenant")
    try:
        yield _Entrance(app, needed_role, settings, counted, Callers(settings.tenant, keys))
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


class _Entrance:
    def __init__(
        self,
        app: ASGIApp,
        needed_role: NeededRole,
        settings: EntranceSettings,
        metrics: Metrics,
        callers: Callers | None = None,
    ) -> None:
        self._app = app
        self._needed_role = needed_role
        self._metrics = metrics
        self._callers = callers
        self._rates = Rates(settings.per_second)
        self._places = Places(settings.at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        needed = self._needed_role(scope["method"], scope["path"])
        if needed is None:
            await self._app(scope, receive, send)
            return
        try:
            if self._callers is not None:
                await self._admit(self._callers, scope, needed)
            scope[PLACE] = place = self._places.take()
        except Problem as problem:
            self._metrics.add(HTTP_REFUSED, 1, str(problem.type.status))
            await problem_answer(problem)(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._places.give_back(place)

    async def _admit(self, callers: Callers, scope: Scope, needed: Role) -> None:
        caller = await callers.identify(scope["headers"])
        if not is_granted(needed, caller.roles):
            found = ", ".join(sorted(caller.roles)) or "no role"
            raise Problem(
                ProblemType.FORBIDDEN,
                f"expected a token with app role {needed.value!r}; found {found[:300]}. Have it given to {caller.id}",
                headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{needed.value}"'},
            )
        self._rates.take(caller.id)
        scope[CALLER] = caller.id
