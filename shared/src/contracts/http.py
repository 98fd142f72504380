"""HTTP: one call of a web service, and what the http worker does with it."""

from __future__ import annotations

from typing import Literal

from pydantic import AnyHttpUrl, BaseModel, Field

from durable import Activity


class HttpRequest(BaseModel):
    """What is asked of a web service.

    A service that answers 202 with a `Location` is asked there, as often as its `Retry-After` says, until it answers
    something else.
    """

    url: AnyHttpUrl
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] = "GET"
    headers: dict[str, str] = Field(default_factory=dict, max_length=50)
    body: object = Field(default=None, description="sent as JSON; nothing is sent for null")
    seconds: float = Field(default=30, gt=0, le=300, description="how long one request may take")


class HttpResponse(BaseModel):
    """What it answered: JSON where its content type says so, text otherwise."""

    status: int
    headers: dict[str, str]
    body: object = None


CALL_HTTP = Activity("http.call", HttpRequest, HttpResponse)
