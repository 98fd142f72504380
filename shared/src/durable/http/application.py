"""An application with what every service that speaks HTTP has: health routes, problems for errors, text in paths."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from durable.health import Health
from durable.http.answers import answer_errors_as_problems
from durable.http.health_routes import add_health_routes
from durable.http.paths import allow_text_in_paths

# What the framework would tell: each request once more, with its path.
_TOLD_BY_US: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}


def new_application(title: str, summary: str, health: Health) -> FastAPI:
    """Make an application to which the service adds its own routes."""
    app = FastAPI(title=title, summary=summary, redirect_slashes=False, telemetry=_TOLD_BY_US)
    answer_errors_as_problems(app)
    allow_text_in_paths()
    add_health_routes(app, health)
    return app
