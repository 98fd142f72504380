"""A request and a response, free of any web server."""

from dataclasses import dataclass
from typing import TypeAlias

Header: TypeAlias = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: `path` is percent-decoded and without query, header names are lower-case."""

    method: str
    path: str
    headers: dict[bytes, bytes]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response; the content length is the server's business."""

    status: int
    headers: list[Header]
    body: bytes

    def header(self, name: bytes) -> bytes | None:
        """Return the first value of a header, or None."""
        return next((value for key, value in self.headers if key == name), None)
