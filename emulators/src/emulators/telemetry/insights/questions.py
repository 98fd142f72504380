"""What SDKs of Application Insights ask beside ingestion, answered so that they go on without it."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

_APPLICATION_ID = "00000000-0000-0000-0000-000000000001"


def routes() -> Sequence[BaseRoute]:
    """Live metrics that nobody watches, and the id of the application."""

    async def live_metrics(_: Request) -> Response:
        return Response(status_code=200, headers={"x-ms-qps-subscribed": "false"})

    async def application_id(_: Request) -> Response:
        return PlainTextResponse(_APPLICATION_ID)

    async def profile(_: Request) -> Response:
        return JSONResponse({})

    return [
        Route("/QuickPulseService.svc/ping", live_metrics, methods=["POST"]),
        Route("/QuickPulseService.svc/post", live_metrics, methods=["POST"]),
        Route("/api/profiles/{key}/appId", application_id),
        Route("/api/profiles/{path:path}", profile, methods=["GET", "POST"]),
    ]
