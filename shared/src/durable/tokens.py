"""The token by which somebody outside tells the outcome of an attempt: opaque text that is safe in a URL.

A token is an address, not a secret: whoever may call the management API may complete what it names.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

import orjson

from durable.errors import InvalidName, InvalidToken
from durable.ids import check_instance_id

_VERSION = 1


@dataclass(frozen=True, slots=True)
class CompletionToken:
    """Which attempt it is that will be completed from outside."""

    instance_id: str
    run: str
    execution: int
    task_id: int
    attempt: int
    activity: str

    def encode(self) -> str:
        """Give it as text of letters, digits, `-` and `_`."""
        fields = [_VERSION, *(getattr(self, name) for name in _FIELDS)]
        return base64.urlsafe_b64encode(orjson.dumps(fields)).decode().rstrip("=")

    @staticmethod
    def decode(text: str) -> CompletionToken:
        """Read what `encode` gave.

        Raises:
            InvalidToken: it is no such text.
        """
        try:
            data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            version, *values = orjson.loads(data)
        except (binascii.Error, ValueError, TypeError) as error:
            raise InvalidToken(f"expected a token that complete_later() gave; found {text!r:.160}") from error
        known = dict(zip(_FIELDS, values, strict=False))
        if version != _VERSION or list(map(type, values)) != list(_FIELDS.values()):
            raise InvalidToken(f"expected a token of version {_VERSION} with {', '.join(_FIELDS)}; found {text!r:.160}")
        try:
            check_instance_id(known["instance_id"])
        except InvalidName as error:
            raise InvalidToken(str(error)) from error
        return CompletionToken(**known)


_FIELDS: dict[str, type] = {
    "instance_id": str,
    "run": str,
    "execution": int,
    "task_id": int,
    "attempt": int,
    "activity": str,
}
