"""HTTP: one call of a web service, and what the http worker does with it."""

from __future__ import annotations

from typing import Literal

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field

from contracts.secrets import SecretName, SecretVersion
from durable import Activity


class SecretHeader(BaseModel):
    """A header by reference: the worker puts the value of the secret behind the prefix (`"Bearer "`) and sends it.

    It goes to the origins that setting `HTTP_SECRETS` names for the secret, and to no other.
    """

    model_config = ConfigDict(extra="forbid")

    secret: SecretName
    version: SecretVersion | None = None
    prefix: str = Field("", max_length=100)


HeaderValue = str | SecretHeader


class HttpRequest(BaseModel):
    """What is asked of a web service.

    A service that answers 202 with a `Location` is asked there, as often as its `Retry-After` says, until it answers
    something else. With a secret among the headers no redirect is followed: the answer is the one that asks for it.
    """

    url: AnyHttpUrl
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] = "GET"
    headers: dict[str, HeaderValue] = Field(default_factory=dict, max_length=50)
    body: object = Field(default=None, description="sent as JSON; nothing is sent for null")
    seconds: float = Field(default=30, gt=0, le=300, description="how long one request may take")


class HttpResponse(BaseModel):
    """What it answered: JSON where its content type says so, text otherwise."""

    status: int
    headers: dict[str, str]
    body: object = None


CALL_HTTP = Activity("http.call", HttpRequest, HttpResponse)
