"""Shared access signatures: whether a token was signed with the key of this endpoint.

The type of the token is not looked at: the SDK calls a signature made from a connection string `jwt`.
"""

import base64
import hmac
from dataclasses import dataclass
from urllib.parse import parse_qs, quote_plus

from emulators.servicebus.broker.refusals import Unauthorized

DEFAULT_KEY_NAME = "RootManageSharedAccessKey"
DEFAULT_KEY = "local-development-key"

_PREFIX = "SharedAccessSignature "


@dataclass(frozen=True, slots=True)
class SharedKey:
    """The one key of the endpoint."""

    name: str = DEFAULT_KEY_NAME
    secret: str = DEFAULT_KEY

    def verify(self, token: str, now: int) -> None:
        """Raise `Unauthorized` unless the token was signed with this key and is not past its expiry."""
        if not token.startswith(_PREFIX):
            raise Unauthorized(f"InvalidToken: a token that starts with '{_PREFIX}' was expected.")
        fields = parse_qs(token.removeprefix(_PREFIX))
        resource, signature, expiry, name = (fields.get(part, [""])[0] for part in ("sr", "sig", "se", "skn"))
        if name != self.name or not hmac.compare_digest(signature, self._signature(resource, expiry)):
            raise Unauthorized(f"InvalidSignature: the token was not signed with key '{self.name}' of this endpoint.")
        if not expiry.isdigit() or int(expiry) * 1000 <= now:
            raise Unauthorized(f"ExpiredToken: the token expired at {expiry} (seconds since the epoch).")

    def _signature(self, resource: str, expiry: str) -> str:
        text = f"{quote_plus(resource)}\n{expiry}"
        digest = hmac.new(self.secret.encode(), text.encode(), "sha256").digest()
        return base64.b64encode(digest).decode()
