"""Calls an ASGI application in place: no socket, no server, and full control of what a request holds."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.types import ASGIApp


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def problem(self) -> str:
        assert self.headers["content-type"] == "application/problem+json"
        assert self.json["status"] == self.status
        return str(self.json["type"]).removeprefix("urn:durable:problem:")

    @property
    def locations(self) -> list[str]:
        return [fault["loc"] for fault in self.json.get("errors", ())]


@dataclass
class AsgiClient:
    app: ASGIApp

    async def get(self, target: str, headers: Mapping[str, str] | None = None) -> Answer:
        return await self.send("GET", target, [], headers)

    async def post(self, target: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        return await self.send("POST", target, [body if isinstance(body, bytes) else orjson.dumps(body)], headers)

    async def put(self, target: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        return await self.send("PUT", target, [body], headers)

    async def send(
        self, method: str, target: str, chunks: Iterable[bytes], headers: Mapping[str, str] | None = None
    ) -> Answer:
        path, _, query = target.partition("?")
        lines = {"host": "api.example:8080", **{name.lower(): value for name, value in (headers or {}).items()}}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in lines.items()],
            "server": ("api.example", 8080),
            "client": ("10.0.0.1", 50000),
        }
        incoming = _messages(chunks)
        outgoing: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return next(incoming, {"type": "http.disconnect"})

        async def record(message: Any) -> None:
            outgoing.append(message)

        await self.app(scope, receive, record)
        start, *bodies = outgoing
        answered = {name.decode(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], answered, b"".join(message.get("body", b"") for message in bodies))


def _messages(chunks: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for chunk in chunks:
        yield {"type": "http.request", "body": chunk, "more_body": True}
    yield {"type": "http.request", "body": b"", "more_body": False}
