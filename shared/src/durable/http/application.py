"""An application with what every service that speaks HTTP has: health routes, problems for errors, text in paths."""

from __future__ import annotations

from fastapi import FastAPI

from durable.health import Health
from durable.http.answers import answer_errors_as_problems
from durable.http.health_routes import add_health_routes
from durable.http.paths import allow_text_in_paths


def new_application(title: str, summary: str, health: Health) -> FastAPI:
    """Make an application to which the service adds its own routes."""
    app = FastAPI(title=title, summary=summary, redirect_slashes=False)
    answer_errors_as_problems(app)
    allow_text_in_paths()
    add_health_routes(app, health)
    return app
