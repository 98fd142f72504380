"""`/health/ready` and `/stats`, for launchers and benchmarks."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

if TYPE_CHECKING:
    from emulators.servicebus.endpoint import ServiceBusEndpoint


def routes(endpoint: "ServiceBusEndpoint") -> Sequence[BaseRoute]:
    """Readiness, and what each queue, topic and subscription holds."""

    async def ready(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ready"})

    async def stats(_: Request) -> JSONResponse:
        return JSONResponse({name: asdict(counts) for name, counts in endpoint.counts().items()})

    return [Route("/health/ready", ready), Route("/stats", stats)]
