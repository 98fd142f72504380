"""Problem documents (RFC 9457): the one form in which an HTTP service says what is wrong.

1. `type` tells a program what happened and never changes; `detail` tells a person what was expected and found.
2. `errors` lists each fault of an input as `{loc, msg}`, `loc` being a dotted path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

import orjson

from durable.errors import DurableError

CONTENT_TYPE = "application/problem+json"
PREFIX = "urn:durable:problem:"


class ProblemType(Enum):
    """What can be wrong: slug, HTTP status and title."""

    MALFORMED = ("malformed", 400, "The request is not well-formed")
    UNAUTHENTICATED = ("unauthenticated", 401, "A token is needed")
    FORBIDDEN = ("forbidden", 403, "The token lacks a role")
    NOT_FOUND = ("not-found", 404, "There is no such thing")
    EXISTS = ("exists", 409, "The instance id is taken")
    STATE = ("invalid-state", 409, "The instance is in no state for this")
    ENDED = ("ended", 410, "The instance has ended")
    TOO_LARGE = ("too-large", 413, "The body is too large")
    MEDIA_TYPE = ("unsupported-media-type", 415, "The media type is not taken here")
    INVALID = ("invalid", 422, "The input does not fit")
    BUSY = ("busy", 429, "Too much is waiting")
    INTERNAL = ("internal", 500, "The service failed")
    UNAVAILABLE = ("unavailable", 503, "A part that this needs does not answer")

    def __init__(self, slug: str, status: int, title: str) -> None:
        self.uri = PREFIX + slug
        self.status = status
        self.title = title


class Problem(DurableError):
    """A request that ends in a problem document.

    `extensions` are further members of the document, `headers` further headers of the answer.
    """

    def __init__(
        self,
        type: ProblemType,
        detail: str,
        errors: Sequence[tuple[str, str]] = (),
        *,
        extensions: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.type = type
        self.detail = detail
        self.errors = tuple(errors)
        self.extensions = extensions or {}
        self.headers = headers or {}
        super().__init__(detail)

    def to_json(self) -> bytes:
        """Encode the document."""
        document = {"type": self.type.uri, "title": self.type.title, "status": self.type.status, "detail": self.detail}
        listed = [{"loc": where, "msg": what} for where, what in self.errors]
        return orjson.dumps({**document, **({"errors": listed} if listed else {}), **self.extensions})


def unavailable(detail: str, *, retry_after_seconds: int = 1) -> Problem:
    """Give the problem of a part that does not answer, with the time after which to try again."""
    return Problem(ProblemType.UNAVAILABLE, detail, headers={"Retry-After": str(retry_after_seconds)})
