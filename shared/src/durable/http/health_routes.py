"""`/health/live` and `/health/ready` on an application that serves other routes too."""

from __future__ import annotations

from fastapi import FastAPI, Response

from durable.health import Health
from durable.http.answers import json_answer


def add_health_routes(app: FastAPI, health: Health) -> None:
    """Serve both paths; the answers are those of `durable.health.serve_health`."""

    async def live() -> Response:
        return json_answer({"status": "live", "reasons": {}})

    async def ready() -> Response:
        status, body = health.report()
        return json_answer(body, status)

    app.add_api_route("/health/live", live, summary="Whether the process runs")
    app.add_api_route("/health/ready", ready, summary="Whether it can do its work, and why not")
