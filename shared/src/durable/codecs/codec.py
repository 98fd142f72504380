"""What a codec of payloads is to those who write one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PayloadContext:
    """Whose payload it is: the instance that sealed it. Bind to it what must not be passed off as another's."""

    instance_id: str


@dataclass(frozen=True, slots=True)
class Encoded:
    """What a codec made of a payload, and the parameter that it needs to undo it: the id of a key, say."""

    data: bytes
    parameter: str = ""


class PayloadCodec(Protocol):
    """One codec. It is called from the event loop, and for large payloads from a thread: keep it free of state."""

    @property
    def name(self) -> str:
        """What labels call it: lower-case letters, digits and hyphens. Never change it."""

    def encode(self, data: bytes, context: PayloadContext) -> Encoded | None:
        """Change a payload; `None` leaves it as it is."""

    def decode(self, data: bytes, parameter: str, context: PayloadContext) -> bytes:
        """Undo `encode`; raises whatever says best why it can't."""
