"""A request as the occasion of a fault: where it is. Nothing is decoded that no fault asks for."""

from dataclasses import dataclass
from typing import Any

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonValue, decode
from emulators.cosmos.routes import Target, target_of
from emulators.cosmos.stats import kind_of
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is about to be served."""

    request: Request
    target: Target
    kind: str

    @classmethod
    def of(cls, request: Request) -> "Asked":
        """Look at a request."""
        target = target_of(request.path)
        return cls(request, target, kind_of(request, target))

    def agrees(self, place: str, wanted: Any) -> bool:
        """Whether the request is where a fault wants it."""
        match place:
            case "request":
                return bool(self.kind == wanted)
            case "container":
                return wanted in {"/".join(self.target.names[:2]), *self.target.names[1:2]}
            case "partition_key":
                return self._partition_key() == (wanted if isinstance(wanted, list) else [wanted])
            case "id":
                return wanted in self._ids()
            case _:
                return wanted.encode() in self.request.headers.get(headers.USER_AGENT, b"")

    def _partition_key(self) -> JsonValue:
        return _decoded(self.request.headers.get(headers.PARTITION_KEY, b"null"))

    def _ids(self) -> list[JsonValue]:
        if len(self.target.names) > 2:
            return [self.target.names[2]]
        content = _decoded(self.request.body) if self.request.body else None
        entries = content if isinstance(content, list) else [content]
        return [_id_of(entry) for entry in entries if isinstance(entry, dict)]


def _id_of(entry: dict[str, JsonValue]) -> JsonValue:
    body = entry.get("resourceBody")
    return entry.get("id", body.get("id") if isinstance(body, dict) else None)


def _decoded(text: bytes) -> JsonValue:
    try:
        return decode(text)
    except CosmosError:
        return None
